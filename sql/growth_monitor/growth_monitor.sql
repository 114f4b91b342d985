-- Grain: one row per band of growth with a customer, from down_much on.
--
-- band, band_order  as in growth_monitor_customers
-- customers         how many; customer_share their share of all customers of that table
-- silent            of these, without an order in the last window
-- revenue, revenue_before, change  sums
-- growth            of the sums; NULL where revenue_before is not above zero
--
-- Parameters: $as_of, $growth_monitor_days.
with bands as (
    select
        band,
        band_order,
        count(*) as customers,
        count(*) filter (
            where last_day <= cast(cast($as_of as date) - interval $growth_monitor_days day as date)
        ) as silent,
        sum(revenue) as revenue,
        sum(revenue_before) as revenue_before
    from growth_monitor_customers
    group by band, band_order
),

total as (
    select sum(customers) as customers from bands
)

select
    bands.band,
    bands.band_order,
    bands.customers,
    cast(bands.customers as double) / cast(total.customers as double) as customer_share,
    bands.silent,
    bands.revenue,
    bands.revenue_before,
    bands.revenue - bands.revenue_before as change,
    case
        when bands.revenue_before > 0 then cast(bands.revenue as double) / cast(bands.revenue_before as double) - 1
    end as growth
from bands
cross join total
order by bands.band_order
