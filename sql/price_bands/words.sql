-- Grain: one row per sentence of the section.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- items            how many rows there are
-- up, down         of these, rose or fell by more than chance explains
-- price_from, price_below  the prices that the sentence is about; of the lowest band it says only the second, of the highest
--                  only the first
-- revenue, share, growth  its figures
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
with bands as (
    select
        case when highest is null then 'above' when lowest = 0 then 'below' else 'between' end as form,
        lowest,
        highest,
        revenue,
        revenue_before,
        share,
        growth,
        moved
    from price_bands
),

counts as (
    select
        count(*) as items,
        count(*) filter (where moved in ('up', 'new')) as up,
        count(*) filter (where moved = 'down') as down,
        count(revenue_before) > 0 as compared
    from bands
    having count(*) > 0
),

largest as (
    select form, lowest, highest, revenue, share
    from bands
    order by revenue desc, lowest
    limit 1
),

rise as (
    select form, lowest, highest, revenue, share, growth
    from bands
    where moved = 'up'
    order by revenue - revenue_before desc, lowest
    limit 1
),

fall as (
    select form, lowest, highest, revenue, share, growth
    from bands
    where moved = 'down'
    order by revenue - revenue_before, lowest
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
        1 as part,
        case form
            when 'below' then 'price_bands.answer.largest_below'
            when 'above' then 'price_bands.answer.largest_above'
            else 'price_bands.answer.largest_between'
        end as word,
        cast(null as bigint) as items,
        cast(null as bigint) as up,
        cast(null as bigint) as down,
        lowest as price_from,
        highest as price_below,
        revenue,
        share,
        cast(null as double) as growth
    from largest
    union all
    select
        'answer' as place,
        1 as position,
        2 as part,
        case
            when not compared then 'price_bands.answer.alone'
            when not buyers.enough then 'price_bands.answer.few'
            when up + down = 0 then 'price_bands.answer.steady'
            when counts.down = 0 then 'price_bands.answer.rose'
            when counts.up = 0 then 'price_bands.answer.fell'
            else 'price_bands.answer.moved'
        end as word,
        items, up, down, null, null, null, null, null
    from counts
    cross join buyers
    union all
    select 'left_out' as place, 1 as position, 1 as part, 'price_bands.nothing' as word, null, null, null, null, null, null, null, null
    where (select count(*) from counts) = 0
    union all
    select
        'note' as place,
        2 as position,
        1 as part,
        case form
            when 'below' then 'price_bands.note.rise_below'
            when 'above' then 'price_bands.note.rise_above'
            else 'price_bands.note.rise_between'
        end as word,
        null, null, null, lowest, highest, revenue, share, growth
    from rise
    cross join buyers
    where buyers.enough
    union all
    select
        'note' as place,
        3 as position,
        1 as part,
        case form
            when 'below' then 'price_bands.note.fall_below'
            when 'above' then 'price_bands.note.fall_above'
            else 'price_bands.note.fall_between'
        end as word,
        null, null, null, lowest, highest, revenue, share, growth
    from fall
    cross join buyers
    where buyers.enough
)

select
    place,
    cast(position as bigint) as position,
    word,
    'price_bands' as step,
    items,
    up,
    down,
    price_from,
    price_below,
    revenue,
    share,
    growth
from sentences
order by position, part
