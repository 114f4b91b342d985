-- Grain: one row per basis but revenue, and percentage point of members from 0 to 100, best first. The curve of revenue by
-- customer is `lorenz`.
--
-- basis            key
-- kind             what is counted: customers, products
-- customer_share   share of members: k / 100
-- amount_share     share of the amount of the best ceil(n k / 100) members; NULL where the amount is not above zero. It
--                  passes 1 before the end if amounts at the tail are below zero
--
-- Parameters: none.
with gathered as (
    select basis, distribution(amount) as amounts
    from pareto_members
    where basis <> 'revenue'
    group by basis
    having count(amount) > 0
),

points as (
    select
        basis,
        unnest(range(0, 101)) as k,
        unnest(lorenz(amounts, 100)) as amount_share
    from gathered
)

select points.basis, pareto.kind, cast(points.k as double) / 100 as customer_share, points.amount_share
from points
inner join pareto on points.basis = pareto.basis
where pareto.amount > 0
order by pareto.basis_order, points.k
