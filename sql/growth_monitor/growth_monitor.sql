-- Grain: one row per band of growth with a customer, from down_much on.
--
-- band, band_order  as in growth_monitor_customers
-- customers         how many; customer_share their share of all customers of that table
-- silent            of these, without an order in the last window
-- spend, spend_before, change  sums
-- growth            of the sums; NULL where spend_before is not above zero
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
        sum(spend) as spend,
        sum(spend_before) as spend_before
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
    bands.spend,
    bands.spend_before,
    bands.spend - bands.spend_before as change,
    case
        when bands.spend_before > 0 then cast(bands.spend as double) / cast(bands.spend_before as double) - 1
    end as growth
from bands
cross join total
order by bands.band_order
