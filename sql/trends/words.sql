-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- categories                   how many are looked at
-- up, down                     of these: growth turned by more than chance explains
-- name                         the category that the sentence is about
-- growth, before               of all goods
-- shift                        growth less that of the three months before, of the category
--
-- Parameters: none.
with counts as (
    select
        count(*) filter (where category <> 'all') as categories,
        count(*) filter (where category <> 'all' and turned = 'up') as up,
        count(*) filter (where category <> 'all' and turned = 'down') as down
    from trends
),

every as (
    select growth, growth_before, growth is not null and growth_before is not null as known from trends where category = 'all'
),

rise as (
    select category as name, shift
    from trends
    where category <> 'all' and turned = 'up'
    order by shift desc, category
    limit 1
),

fall as (
    select category as name, shift
    from trends
    where category <> 'all' and turned = 'down'
    order by shift, category
    limit 1
),

-- Figures have no sign in sentences: the sentence says which way.
sentences as (
    select
        'answer' as place,
        1 as position,
        1 as part,
        case when growth < 0 then 'trends.answer.now_down' else 'trends.answer.now_up' end as word,
        cast(null as bigint) as categories,
        cast(null as bigint) as up,
        cast(null as bigint) as down,
        cast(null as varchar) as name,
        growth,
        cast(null as double) as before,
        cast(null as double) as shift
    from every
    where known
    union all
    select
        'answer' as place,
        1 as position,
        2 as part,
        case when growth_before < 0 then 'trends.answer.before_down' else 'trends.answer.before_up' end as word,
        null, null, null, null, null, growth_before, null
    from every
    where known
    union all
    select
        'answer' as place,
        1 as position,
        3 as part,
        case
            when not every.known then 'trends.answer.unknown'
            when counts.up + counts.down = 0 then 'trends.answer.steady'
            when counts.down = 0 then 'trends.answer.turned_up'
            when counts.up = 0 then 'trends.answer.turned_down'
            else 'trends.answer.turned'
        end as word,
        counts.categories, counts.up, counts.down, null, null, null, null
    from counts
    cross join every
    union all
    select 'note' as place, 2 as position, 1 as part, 'trends.note.up' as word, null, null, null, name, null, null, shift from rise
    union all
    select 'note' as place, 3 as position, 1 as part, 'trends.note.down' as word, null, null, null, name, null, null, shift from fall
    union all
    select 'left_out' as place, 1 as position, 1 as part, 'trends.too_short' as word, null, null, null, null, null, null, null
    where (select count(*) from trends) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'trends' as step,
    categories,
    up,
    down,
    name,
    growth,
    before,
    shift
from sentences
order by position, part
