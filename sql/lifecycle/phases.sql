-- Grain: one row per phase; none where there is no customer with an order.
--
-- phase             key
-- phase_order       1 = acquisition
-- customers         in the phase
-- customer_share    share of all with an order
-- customers_before  one period earlier; NULL where history does not reach
-- revenue_12m       money of the last 365 days of these
-- revenue_share     share of that of all with an order; NULL where it is not above zero
--
-- Parameters: none.
with phases (phase, phase_order) as (
    values ('acquisition', 1), ('growth', 2), ('maturity', 3), ('decline', 4), ('ended', 5)
),

now as (
    select phase, count(*) as customers, sum(revenue_12m) as revenue_12m from lifecycle group by phase
),

before as (
    select phase, count(*) as customers from previous.lifecycle group by phase
),

totals as (
    select
        sum(customers) as customers,
        sum(revenue_12m) as revenue_12m,
        (select sum(customers) from before) as customers_before
    from now
    having sum(customers) > 0
)

select
    phases.phase,
    phases.phase_order,
    coalesce(now.customers, 0) as customers,
    cast(coalesce(now.customers, 0) as double) / cast(totals.customers as double) as customer_share,
    case when totals.customers_before > 0 then coalesce(before.customers, 0) end as customers_before,
    coalesce(now.revenue_12m, totals.revenue_12m - totals.revenue_12m) as revenue_12m,
    case
        when totals.revenue_12m > 0
            then cast(coalesce(now.revenue_12m, totals.revenue_12m - totals.revenue_12m) as double)
                / cast(totals.revenue_12m as double)
    end as revenue_share
from phases
cross join totals
left join now on phases.phase = now.phase
left join before on phases.phase = before.phase
order by phases.phase_order
