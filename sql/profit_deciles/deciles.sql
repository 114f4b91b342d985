-- Grain: one row per tenth of customers by revenue, the best first. Customers with the same revenue are in the same tenth, so
-- others may be missing.
--
-- decile         1 = the best tenth
-- size           large, middle or small
-- customers      count
-- orders, revenue, costed_revenue, known_cost, assumed_cost, service_cost, marketing_cost, profit  sums of profit_deciles_customers
-- losing         customers with a profit below zero
-- profit_each    profit / customers
-- margin         profit / revenue; NULL where that is not above zero
-- revenue_share, profit_share  of all; NULL where the total is not above zero
--
-- Parameters: none.
with sums as (
    select
        decile,
        size,
        count(*) as customers,
        cast(sum(orders) as bigint) as orders,
        sum(revenue) as revenue,
        sum(costed_revenue) as costed_revenue,
        sum(known_cost) as known_cost,
        sum(assumed_cost) as assumed_cost,
        sum(service_cost) as service_cost,
        sum(marketing_cost) as marketing_cost,
        sum(profit) as profit,
        count(*) filter (where profit < 0) as losing
    from profit_deciles_customers
    group by decile, size
),

total as (
    select sum(revenue) as revenue, sum(profit) as profit from sums
)

select
    sums.decile,
    sums.size,
    sums.customers,
    sums.orders,
    sums.revenue,
    sums.costed_revenue,
    sums.known_cost,
    sums.assumed_cost,
    sums.service_cost,
    sums.marketing_cost,
    sums.profit,
    sums.losing,
    cast(cast(sums.profit as double) / sums.customers as decimal(38, 6)) as profit_each,
    case when sums.revenue > 0 then cast(sums.profit as double) / cast(sums.revenue as double) end as margin,
    case when total.revenue > 0 then cast(sums.revenue as double) / cast(total.revenue as double) end as revenue_share,
    case when total.profit > 0 then cast(sums.profit as double) / cast(total.profit as double) end as profit_share
from sums
cross join total
order by sums.decile
