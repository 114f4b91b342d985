-- Grain: one row per dimension and item with goods sold at their list price in the last $price_discipline_days; all goods first; of
-- each dimension the least paid of list price first, items that are not stated last.
--
-- dimension        all, category, channel, store or account_manager; one with a single item that is not stated is left out
-- dimension_order  1 is all
-- item             key, id or name; `-`: not stated. The items of each dimension add up to all
-- name             the name of a store, or else the item
-- item_as          how readers see the name: a group of the words file, or text
-- listed           list price x quantity
-- paid             money of these rows, returns not taken off
-- discount         listed - paid; below zero where more than the list price was paid
-- discount_share   discount / listed
-- paid_share       paid / listed
-- share_of_discount  of the discount of all; NULL where that is not above zero
-- listed_before, paid_before  of as many days before; NULL where history does not cover them
-- paid_share_before  paid_before / listed_before; NULL likewise, or where nothing was sold
-- paid_share_change  the difference, 0.01 = 1 point
--
-- Parameters: $price_discipline_days.
with dimensions (dimension, dimension_order) as (
    values ('all', 1), ('channel', 2), ('category', 3), ('store', 4), ('account_manager', 5)
),

told as (
    select dimension
    from price_discipline_rows
    where listed > 0
    group by dimension
    having dimension = 'all' or bool_or(item <> '-')
),

names as (
    select store_id, max(name) as name
    from price_discipline_names
    group by store_id
),

total as (
    select listed - paid as discount from price_discipline_rows where dimension = 'all'
),

compared as (
    select
        items.dimension,
        dimensions.dimension_order,
        items.item,
        coalesce(names.name, items.item) as name,
        items.item_as,
        items.listed,
        items.paid,
        items.listed - items.paid as discount,
        cast(items.listed - items.paid as double) / cast(items.listed as double) as discount_share,
        cast(items.paid as double) / cast(items.listed as double) as paid_share,
        case
            when total.discount > 0 then cast(items.listed - items.paid as double) / cast(total.discount as double)
        end as share_of_discount,
        case when periods.history_days >= 2 * $price_discipline_days then items.listed_before end as listed_before,
        case when periods.history_days >= 2 * $price_discipline_days then items.paid_before end as paid_before
    from price_discipline_rows as items
    inner join dimensions on items.dimension = dimensions.dimension
    inner join told on items.dimension = told.dimension
    left join names on items.dimension = 'store' and items.item = names.store_id
    cross join total
    cross join periods
    where items.listed > 0
)

select
    dimension,
    dimension_order,
    item,
    name,
    item_as,
    listed,
    paid,
    discount,
    discount_share,
    paid_share,
    share_of_discount,
    listed_before,
    paid_before,
    case when listed_before > 0 then cast(paid_before as double) / cast(listed_before as double) end as paid_share_before,
    case
        when listed_before > 0 then paid_share - cast(paid_before as double) / cast(listed_before as double)
    end as paid_share_change
from compared
order by dimension_order, case when item = '-' then 1 else 0 end, paid_share, item
