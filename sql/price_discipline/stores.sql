-- Grain: one row per store with goods sold at their list price in the last $price_discipline_days or in as many before.
--
-- dimension, item, item_as  store, its id; how readers see it: a group of the words file, or text
-- listed, paid              list price x quantity, and the money of these rows; 0 without a row
-- listed_before, paid_before  of as many days before
--
-- Parameters: none.
select
    'store' as dimension,
    store_id as item,
    case when store_id = '-' then 'price_discipline.none' else 'text' end as item_as,
    cast(coalesce(sum(listed) filter (where is_now), 0) as decimal(38, 6)) as listed,
    cast(coalesce(sum(sales) filter (where is_now), 0) as decimal(38, 6)) as paid,
    cast(coalesce(sum(listed) filter (where not is_now), 0) as decimal(38, 6)) as listed_before,
    cast(coalesce(sum(sales) filter (where not is_now), 0) as decimal(38, 6)) as paid_before
from price_discipline_lines
where kind = 'list'
group by store_id
