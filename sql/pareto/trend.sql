-- Grain: one row per basis and month, the last 13; columns as in pareto_months. Predicted value has none: it would have to
-- be predicted anew for each month.
--
-- Parameters: none.
select
    pareto_months.basis,
    pareto_months.month,
    pareto_months.members,
    pareto_months.amount,
    pareto_months.top20,
    pareto_months.top20_amount,
    pareto_months.top20_share,
    pareto_months.gini
from pareto_months
inner join pareto on pareto_months.basis = pareto.basis
order by case pareto.basis when 'profit' then 1 when 'products' then 2 when 'product_profit' then 3 else 4 end, pareto_months.month
