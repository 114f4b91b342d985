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
    from categories
    where category <> '-'
    having count(*) > 0
),

largest as (
    select category as name, revenue, share
    from categories
    where category <> '-'
    order by revenue desc, category
    limit 1
),

rise as (
    select category as name, revenue, share, growth
    from categories
    where moved = 'up' and category <> '-'
    order by revenue - revenue_before desc, category
    limit 1
),

fall as (
    select category as name, revenue, share, growth
    from categories
    where moved = 'down' and category <> '-'
    order by revenue - revenue_before, category
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
            when not counts.compared then 'categories.answer.alone'
            when not buyers.enough then 'categories.answer.few'
            when counts.up + counts.down = 0 then 'categories.answer.steady'
            when counts.down = 0 then 'categories.answer.rose'
            when counts.up = 0 then 'categories.answer.fell'
            else 'categories.answer.moved'
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
    select 'note' as place, 2 as position, 'categories.note.rise' as word, null, null, null, name, revenue, share, growth
    from rise
    cross join buyers
    where buyers.enough
    union all
    select 'note' as place, 3 as position, 'categories.note.fall' as word, null, null, null, name, revenue, share, growth
    from fall
    cross join buyers
    where buyers.enough
    union all
    select 'left_out' as place, 1 as position, 'categories.nothing' as word, null, null, null, null, null, null, null
    where (select count(*) from counts) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'categories' as step,
    items,
    up,
    down,
    name,
    revenue,
    share,
    growth
from sentences
order by position
