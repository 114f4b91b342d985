-- Grain: one row per status, six in all; none where there is no customer.
--
-- status            new, active, cooling, at_risk, lost, not_known
-- status_order      1 = new
-- customers         count
-- customers_before  the same one period earlier; NULL where history does not reach
-- customer_share    share of all customers
-- revenue_12m       money of the last 365 days
-- revenue_share     share of all of that; NULL where it is not above zero in total
--
-- Parameters: none.
with now as (
    select status, min(status_order) as status_order, sum(customers) as customers, sum(revenue_12m) as revenue_12m
    from churn_summary
    group by status
),

before as (
    select status, count(*) as customers from previous.churn group by status
),

totals as (
    select sum(customers) as customers, sum(revenue_12m) as revenue_12m from now having sum(customers) > 0
)

select
    now.status,
    now.status_order,
    now.customers,
    case when periods.before_reached then coalesce(before.customers, 0) end as customers_before,
    cast(now.customers as double) / cast(totals.customers as double) as customer_share,
    now.revenue_12m,
    case
        when totals.revenue_12m > 0 then cast(now.revenue_12m as double) / cast(totals.revenue_12m as double)
    end as revenue_share
from now
cross join totals
cross join periods
left join before on now.status = before.status
order by now.status_order
