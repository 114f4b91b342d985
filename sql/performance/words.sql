-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- dimension        what the sentence divides sales by
-- revenue, before  money of the last full period, and of the one before
-- growth           the change; NULL where there was no revenue before
-- items, up, down  how many items of the dimension are known, and how many of them rose and fell
-- name, name_as    the item that added most, and how it is written; or the largest item, with its share
-- added             its points of the growth of all
-- other, other_as  the item that took off most
-- taken            its points; of a sentence on what is not stated (`-`), in whose sales the rest of the growth lies, they stand
--                  in added or taken
-- share            of revenue
-- margin, margin_before  of the rows with a known cost
-- known            share of revenue with a known cost
--
-- Parameters: $least_customers.
with total as (
    select revenue, revenue_before, growth, customers, costed_revenue, margin, margin_before
    from performance
    where dimension = 'all'
),

counts as (
    select
        dimension,
        dimension_order,
        count(*) filter (where item <> '-') as items,
        count(*) filter (where item <> '-' and revenue > revenue_before) as up,
        count(*) filter (where item <> '-' and revenue < revenue_before) as down
    from performance
    where dimension <> 'all'
    group by dimension, dimension_order
    having count(*) filter (where item <> '-') > 1
),

best as (
    select
        dimension,
        first_value(name order by contribution desc, item) as name,
        first_value(item_as order by contribution desc, item) as name_as,
        max(contribution) as added,
        first_value(name order by contribution, item) as other,
        first_value(item_as order by contribution, item) as other_as,
        min(contribution) as taken
    from performance
    where dimension <> 'all' and item <> '-' and contribution is not null
    group by dimension
),

largest as (
    select
        dimension,
        first_value(name order by revenue desc, item) as name,
        first_value(item_as order by revenue desc, item) as name_as,
        max(revenue) as revenue,
        max(share) as share
    from performance
    where dimension <> 'all' and item <> '-'
    group by dimension
),

moves as (
    select
        counts.dimension,
        counts.dimension_order,
        case
            when counts.up > 0 and counts.down > 0 then 'performance.moved.both'
            when counts.up > 0 then 'performance.moved.rose'
            else 'performance.moved.fell'
        end as word,
        counts.items,
        counts.up,
        counts.down,
        best.name,
        best.name_as,
        best.added,
        best.other,
        best.other_as,
        best.taken
    from counts
    inner join best on counts.dimension = best.dimension
    cross join total
    -- Of few customers each moves a lot: there is nothing to read from it.
    where counts.up + counts.down > 0 and total.customers >= $least_customers
),

-- The first dimension answers where the change came from; the others are notes.
told as (
    select
        *,
        case when row_number() over (order by dimension_order) = 1 then 'answer' else 'note' end as place,
        case when row_number() over (order by dimension_order) = 1 then 1 else 2 end as position
    from moves
    -- Cities and regions are stores added up, and the page has them in one table.
    where dimension not in ('region', 'city')
),

-- Sales without an item of the dimension, such as those without a store: with the items they add up to all.
unstated as (
    select dimension, contribution
    from performance
    where dimension <> 'all' and item = '-' and contribution <> 0
),

sentences as (
    select
        'answer' as place,
        1 as position,
        1 as part,
        case
            when revenue_before is null then 'performance.answer.alone'
            when growth is null then 'performance.answer.from_none'
            when revenue > revenue_before then 'performance.answer.rose'
            when revenue < revenue_before then 'performance.answer.fell'
            else 'performance.answer.same'
        end as word,
        cast(null as varchar) as dimension,
        revenue,
        revenue_before as before,
        growth,
        cast(null as bigint) as items,
        cast(null as bigint) as up,
        cast(null as bigint) as down,
        cast(null as varchar) as name,
        cast(null as varchar) as name_as,
        cast(null as double) as added,
        cast(null as varchar) as other,
        cast(null as varchar) as other_as,
        cast(null as double) as taken,
        cast(null as double) as share,
        cast(null as double) as margin,
        cast(null as double) as margin_before,
        cast(null as double) as known
    from total
    where (select count(*) from performance where dimension <> 'all') > 0
    union all
    select
        place, position, 2 * dimension_order, word,
        dimension, null, null, null, items, up, down, name, name_as, added, other, other_as, taken, null, null, null, null
    from told
    union all
    select
        told.place,
        told.position,
        2 * told.dimension_order + 1,
        case
            when told.dimension = 'store' and unstated.contribution > 0 then 'performance.unstated.store_rose'
            when told.dimension = 'store' then 'performance.unstated.store_fell'
            when unstated.contribution > 0 then 'performance.unstated.rose'
            else 'performance.unstated.fell'
        end,
        told.dimension, null, null, null, null, null, null, null, null,
        case when unstated.contribution > 0 then unstated.contribution end, null, null,
        case when unstated.contribution < 0 then unstated.contribution end, null, null, null, null
    from told
    inner join unstated on told.dimension = unstated.dimension
    union all
    select
        'answer', 1, 2, 'performance.answer.largest',
        counts.dimension, largest.revenue, null, null, counts.items, null, null, largest.name, largest.name_as, null, null, null,
        null, largest.share, null, null, null
    from counts
    inner join largest on counts.dimension = largest.dimension
    cross join total
    where
        (total.revenue_before is null or total.growth is null) and largest.share is not null
        and counts.dimension_order = (select min(dimension_order) from counts)
    union all
    select
        'note', 3, 1,
        case
            when margin_before is null then 'performance.note.margin_alone'
            -- As printed, with one decimal of a per cent: “rose to 44.4%, from 44.4%” is no rise.
            when round(margin, 3) > round(margin_before, 3) then 'performance.note.margin_rose'
            when round(margin, 3) < round(margin_before, 3) then 'performance.note.margin_fell'
            else 'performance.note.margin_same'
        end,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        margin, margin_before, cast(costed_revenue as double) / cast(revenue as double)
    from total
    where margin is not null and revenue > 0
    union all
    select
        'left_out', 1, 1,
        case when (select count(*) from performance_lines) = 0 then 'performance.no_sales' else 'performance.nothing' end,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    where (select count(*) from performance where dimension <> 'all') = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'performance' as step,
    dimension,
    revenue,
    before,
    growth,
    items,
    up,
    down,
    name,
    name_as,
    added,
    other,
    other_as,
    taken,
    share,
    margin,
    margin_before,
    known
from sentences
order by position, part
