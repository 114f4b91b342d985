-- Grain: one row per sentence of the section.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- items            how many rows there are with known ages and gender
-- up, down         of these, rose or fell by more than chance explains
-- age_from, age_to, age_below, gender  the ages and the gender of the sentence; no sentence is about unknown ones. Of the lowest
--                  band it says only age_below, of the highest only age_from
-- revenue, share, growth  its figures
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
with known as (
    select
        case when age_below is null then 'above' when age_from = 0 then 'below' else 'between' end as form,
        age_from,
        age_below - 1 as age_to,
        age_below,
        gender,
        revenue,
        revenue_before,
        share,
        growth,
        moved
    from strata
    where ages <> '-' and gender <> '-'
),

counts as (
    select
        count(*) as items,
        count(*) filter (where moved in ('up', 'new')) as up,
        count(*) filter (where moved = 'down') as down,
        count(revenue_before) > 0 as compared
    from known
    having count(*) > 0
),

largest as (
    select form, age_from, age_to, age_below, gender, revenue, share
    from known
    order by revenue desc, age_from, gender
    limit 1
),

rise as (
    select form, age_from, age_to, age_below, gender, revenue, share, growth
    from known
    where moved = 'up'
    order by revenue - revenue_before desc, age_from, gender
    limit 1
),

fall as (
    select form, age_from, age_to, age_below, gender, revenue, share, growth
    from known
    where moved = 'down'
    order by revenue - revenue_before, age_from, gender
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
            when 'below' then 'strata.answer.largest_below'
            when 'above' then 'strata.answer.largest_above'
            else 'strata.answer.largest_between'
        end as word,
        cast(null as bigint) as items,
        cast(null as bigint) as up,
        cast(null as bigint) as down,
        age_from,
        age_to,
        age_below,
        gender,
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
            when not compared then 'strata.answer.alone'
            when not buyers.enough then 'strata.answer.few'
            when up + down = 0 then 'strata.answer.steady'
            when counts.down = 0 then 'strata.answer.rose'
            when counts.up = 0 then 'strata.answer.fell'
            else 'strata.answer.moved'
        end as word,
        items, up, down, null, null, null, null, null, null, null
    from counts
    cross join buyers
    union all
    select
        'note' as place,
        2 as position,
        1 as part,
        case form
            when 'below' then 'strata.note.rise_below'
            when 'above' then 'strata.note.rise_above'
            else 'strata.note.rise_between'
        end as word,
        null, null, null, age_from, age_to, age_below, gender, revenue, share, growth
    from rise
    cross join buyers
    where buyers.enough
    union all
    select
        'note' as place,
        3 as position,
        1 as part,
        case form
            when 'below' then 'strata.note.fall_below'
            when 'above' then 'strata.note.fall_above'
            else 'strata.note.fall_between'
        end as word,
        null, null, null, age_from, age_to, age_below, gender, revenue, share, growth
    from fall
    cross join buyers
    where buyers.enough
    union all
    select 'left_out' as place, 1 as position, 1 as part, 'strata.nobody' as word, null, null, null, null, null, null, null, null, null, null
    where (select count(*) from counts) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'strata' as step,
    items,
    up,
    down,
    age_from,
    age_to,
    age_below,
    gender,
    revenue,
    share,
    growth
from sentences
order by position, part
