-- Grain: one row per basis and month, the last 13, as in pareto_trend: what lies beyond the best fifth.
--
-- basis       revenue, products
-- month       its first day; the row is of the 365 days up to its end, up to $as_of in the last one
-- members     customers or products beyond the best fifth
-- amount      money of these
-- amount_share  share of all; NULL where that is not above zero
--
-- Parameters: none.
select
    pareto_months.basis,
    pareto_months.month,
    pareto_months.members - pareto_months.top20 as members,
    cast(pareto_months.amount - pareto_months.top20_amount as decimal(38, 6)) as amount,
    case
        when pareto_months.amount > 0
            then cast(pareto_months.amount - pareto_months.top20_amount as double) / cast(pareto_months.amount as double)
    end as amount_share
from pareto_months
where pareto_months.basis in ('revenue', 'products')
order by case pareto_months.basis when 'revenue' then 1 else 2 end, pareto_months.month
