-- Grain: one row per sentence of the section.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- items            how many there are; what names none (`-`) has a row in the table, and is in no sentence
-- up, down         of these, rose or fell by more than chance explains
-- name             what the sentence is about
-- revenue, share, growth  its figures
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
with counts as (
    select
        count(*) as items,
        count(*) filter (where moved in ('up', 'new')) as up,
        count(*) filter (where moved = 'down') as down,
        count(revenue_before) > 0 as compared
    from brands
    where brand <> '-'
    having count(*) > 0
),

largest as (
    select brand as name, revenue, share
    from brands
    where brand <> '-'
    order by revenue desc, brand
    limit 1
),

rise as (
    select brand as name, revenue, share, growth
    from brands
    where moved = 'up' and brand <> '-'
    order by revenue - revenue_before desc, brand
    limit 1
),

fall as (
    select brand as name, revenue, share, growth
    from brands
    where moved = 'down' and brand <> '-'
    order by revenue - revenue_before, brand
    limit 1
),

-- Of few customers each moves a lot: their number alone does not tell a change from chance.
buyers as (
    select count(*) filter (where orders > 0 or orders_before > 0) >= $least_customers as enough from customer_period
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when not counts.compared then 'brands.answer.alone'
            when not buyers.enough then 'brands.answer.few'
            when counts.up + counts.down = 0 then 'brands.answer.steady'
            when counts.down = 0 then 'brands.answer.rose'
            when counts.up = 0 then 'brands.answer.fell'
            else 'brands.answer.moved'
        end as word,
        counts.items,
        counts.up,
        counts.down,
        largest.name,
        largest.revenue,
        largest.share,
        cast(null as double) as growth
    from counts
    cross join largest
    cross join buyers
    union all
    select 'note' as place, 2 as position, 'brands.note.rise' as word, null, null, null, name, revenue, share, growth
    from rise
    cross join buyers
    where buyers.enough
    union all
    select 'note' as place, 3 as position, 'brands.note.fall' as word, null, null, null, name, revenue, share, growth
    from fall
    cross join buyers
    where buyers.enough
    union all
    select 'left_out' as place, 1 as position, 'brands.nothing' as word, null, null, null, null, null, null, null
    where (select count(*) from counts) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'brands' as step,
    items,
    up,
    down,
    name,
    revenue,
    share,
    growth
from sentences
order by position
