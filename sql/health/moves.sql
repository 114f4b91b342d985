-- Grain: one row per light one period earlier × light now with a customer; none where history does not reach. `none`: no score, as
-- the customer had not come yet or was lost.
--
-- from_order, to_order  1 = green; 4 = none
-- customers             how many
--
-- Parameters: none.
with both as (
    select
        coalesce(earlier.colour, 'none') as from_colour,
        coalesce(now.colour, 'none') as to_colour
    from health as now
    full outer join previous.health as earlier on now.customer_id = earlier.customer_id
)

select
    both.from_colour,
    cast(case both.from_colour when 'green' then 1 when 'yellow' then 2 when 'red' then 3 else 4 end as bigint) as from_order,
    both.to_colour,
    cast(case both.to_colour when 'green' then 1 when 'yellow' then 2 when 'red' then 3 else 4 end as bigint) as to_order,
    count(*) as customers
from both
cross join periods
where periods.before_reached
group by both.from_colour, both.to_colour
order by from_order, to_order
