-- Grain: one row per basis of products and percentage point; columns as in pareto_curves.
--
-- Parameters: none.
select pareto_curves.basis, pareto_curves.customer_share, pareto_curves.amount_share
from pareto_curves
inner join pareto on pareto_curves.basis = pareto.basis
where pareto_curves.kind = 'products'
order by pareto.basis_order, pareto_curves.customer_share
