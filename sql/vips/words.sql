-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- vips       how many customers are on the list
-- share      their share of the revenue of the last 12 months; NULL where that is not above zero
-- spend      their money
-- newcomers, dropouts, lost_spend  new ones, those no longer among them, and what the latter spent then
-- drifted, stayed  those with another main category; those for whom it can be compared
--
-- Parameters: $vip_size, $previous_as_of.
with today as (
    select
        count(*) as vips,
        sum(spend) as spend,
        count(*) filter (where standing = 'newcomer') as newcomers,
        count(standing) > 0 as compared,
        count(*) filter (where drifted) as drifted,
        count(drifted) as stayed
    from vips
    having count(*) > 0
),

total as (
    select case when sum(revenue_12m) > 0 then cast(sum(revenue_12m) as double) end as revenue from customer_summary
),

gone as (
    select count(*) as dropouts, sum(spend_before) as lost_spend from vips_dropouts
),

-- 12 months before the earlier day: does history reach so far?
reach as (
    select min(history_start) <= cast($previous_as_of as date) - 364 as full_year from periods
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when not today.compared then 'vips.answer.alone'
            when today.newcomers = 0 and gone.dropouts = 0 then 'vips.answer.kept'
            when gone.dropouts = 0 then 'vips.answer.grown'
            when today.newcomers = 0 then 'vips.answer.shrunk'
            else 'vips.answer.moved'
        end as word,
        today.vips,
        today.spend,
        cast(today.spend as double) / total.revenue as share,
        today.newcomers,
        gone.dropouts,
        gone.lost_spend,
        cast(null as bigint) as drifted,
        cast(null as bigint) as stayed
    from today
    cross join total
    cross join gone
    union all
    select 'note' as place, 2 as position, case when drifted = 0 then 'vips.note.no_drift' else 'vips.note.drift' end as word, null, null, null, null, null, null, drifted, stayed
    from today
    where stayed > 0
    union all
    select 'note' as place, 3 as position, 'vips.note.fewer' as word, vips, null, null, null, null, null, null, null
    from today
    where vips < $vip_size
    union all
    select 'note' as place, 4 as position, 'vips.note.short' as word, null, null, null, null, null, null, null, null
    from today
    cross join reach
    where today.compared and not reach.full_year
    union all
    select 'left_out' as place, 1 as position, 'vips.nobody' as word, null, null, null, null, null, null, null, null
    where (select count(*) from today) = 0
)

select place, cast(position as bigint) as position, word, 'vips' as step, vips, spend, share, newcomers, dropouts, lost_spend, drifted, stayed
from sentences
order by position
