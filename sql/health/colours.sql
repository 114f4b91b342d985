-- Grain: one row per light, green first; none without a customer.
--
-- colour            green, yellow, red
-- customers         how many; customers_before: one period earlier, NULL where history does not reach
-- customer_share    of all who have a score
-- revenue_12m       money of the last 365 days; revenue_share: of all who have a score, NULL where that is not above zero
--
-- Parameters: none.
with colours (colour, place) as (
    values ('green', 1), ('yellow', 2), ('red', 3)
),

now as (
    select colour, count(*) as customers, sum(revenue_12m) as revenue_12m from health group by colour
),

earlier as (
    select colour, count(*) as customers from previous.health group by colour
),

total as (
    select count(*) as customers, sum(revenue_12m) as revenue_12m from health having count(*) > 0
)

select
    colours.colour,
    coalesce(now.customers, 0) as customers,
    case when periods.before_reached then coalesce(earlier.customers, 0) end as customers_before,
    cast(coalesce(now.customers, 0) as double) / total.customers as customer_share,
    coalesce(now.revenue_12m, 0) as revenue_12m,
    case
        when total.revenue_12m > 0 then cast(coalesce(now.revenue_12m, 0) as double) / cast(total.revenue_12m as double)
    end as revenue_share
from colours
cross join total
cross join periods
left join now on colours.colour = now.colour
left join earlier on colours.colour = earlier.colour
order by colours.place
