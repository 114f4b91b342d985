-- Grain: three rows: what the expansion of revenue_bridge is made of; none where history does not cover both periods. The
-- changes add up to it exactly.
--
-- part        cross_sell: categories that the customer had not bought before; price: the same products at another price;
--             up_sell: all else, more of what was bought before, or other and dearer products in known categories
-- part_order  1 = cross_sell
-- customers   customers of the expansion whose part is not zero
-- change      money
--
-- Parameters: none.
with parts (part, part_order) as (
    values
    ('cross_sell', 1),
    ('up_sell', 2),
    ('price', 3)
),

span as (
    select true as reached from periods where before_reached
),

expanded as (
    select cross_sold, change - cross_sold - price as up_sold, price
    from growth_sources_customers
    where component = 'expansion'
),

valued as (
    select
        parts.part,
        parts.part_order,
        case parts.part
            when 'cross_sell' then expanded.cross_sold
            when 'up_sell' then expanded.up_sold
            else expanded.price
        end as change
    from parts
    cross join expanded
)

select
    parts.part,
    cast(parts.part_order as bigint) as part_order,
    count(*) filter (where valued.change <> 0) as customers,
    cast(coalesce(sum(valued.change), 0) as decimal(38, 6)) as change
from parts
cross join span
left join valued on parts.part = valued.part
group by parts.part, parts.part_order
order by part_order
