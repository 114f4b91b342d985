-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- categories                   how many are looked at
-- turned                       of these: growth shifted by more than chance explains
-- name, growth, before         of all goods, or of the category that the sentence is about
--
-- Parameters: none.
with counts as (
    select
        count(*) filter (where category <> 'all') as categories,
        count(*) filter (where category <> 'all' and turned in ('up', 'down')) as turned
    from trends
),

every as (
    select growth, growth_before from trends where category = 'all'
),

first as (
    select category as name, growth, growth_before
    from trends
    where category <> 'all' and turned in ('up', 'down')
    order by abs(shift) desc, category
    limit 1
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when every.growth is null or every.growth_before is null then 'trends.answer.unknown'
            when counts.turned = 0 then 'trends.answer.steady'
            else 'trends.answer.turned'
        end as word,
        counts.categories,
        counts.turned,
        cast(null as varchar) as name,
        every.growth,
        every.growth_before as before
    from counts
    cross join every
    union all
    select 'note' as place, 2 as position, 'trends.note.first' as word, null, null, name, growth, growth_before from first
    union all
    select 'left_out' as place, 1 as position, 'trends.too_short' as word, null, null, null, null, null
    where (select count(*) from trends) = 0
)

select place, cast(position as bigint) as position, word, 'trends' as step, categories, turned, name, growth, before
from sentences
order by position
