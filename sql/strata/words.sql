-- Grain: one row per sentence of the section.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- items            how many rows there are
-- up, down         of these, rose or fell by more than chance explains
-- name, gender     the ages and the gender of the sentence; no sentence is about unknown ones
-- revenue, share, growth  its figures
--
-- Parameters: none.
with counts as (
    select
        count(*) as items,
        count(*) filter (where moved in ('up', 'new')) as up,
        count(*) filter (where moved = 'down') as down,
        count(revenue_before) > 0 as compared
    from strata
    where ages <> '-' and gender <> '-'
    having count(*) > 0
),

largest as (
    select ages as name, gender, revenue, share
    from strata
    where ages <> '-' and gender <> '-'
    order by revenue desc, ages, gender
    limit 1
),

rise as (
    select ages as name, gender, revenue, share, growth
    from strata
    where moved = 'up' and ages <> '-' and gender <> '-'
    order by revenue - revenue_before desc, ages, gender
    limit 1
),

fall as (
    select ages as name, gender, revenue, share, growth
    from strata
    where moved = 'down' and ages <> '-' and gender <> '-'
    order by revenue - revenue_before, ages, gender
    limit 1
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when not counts.compared then 'strata.answer.alone'
            when counts.up + counts.down = 0 then 'strata.answer.steady'
            else 'strata.answer.moved'
        end as word,
        counts.items,
        counts.up,
        counts.down,
        largest.name,
        largest.gender,
        largest.revenue,
        largest.share,
        cast(null as double) as growth
    from counts
    cross join largest
    union all
    select 'note' as place, 2 as position, 'strata.note.rise' as word, null, null, null, name, gender, revenue, share, growth from rise
    union all
    select 'note' as place, 3 as position, 'strata.note.fall' as word, null, null, null, name, gender, revenue, share, growth from fall
)

select
    place,
    cast(position as bigint) as position,
    word,
    'strata' as step,
    items,
    up,
    down,
    name,
    gender,
    revenue,
    share,
    growth
from sentences
order by position
