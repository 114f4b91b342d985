-- Grain: one row per sentence of the section.
--
-- customers, money          those down by much, and what they spent less; of a note those it is about
-- others, money_others      those up by much, and what they spent more
-- of_customers              customers with spend in both windows' comparison: the four bands
-- share                     of the spend before that the falls were
-- fall, rise                the bounds
-- days                      the days of a window
--
-- Parameters: $growth_monitor_days, $growth_monitor_fall, $growth_monitor_rise.
with totals as (
    select
        coalesce(sum(customers) filter (where band_order <= 4), 0) as of_customers,
        coalesce(sum(customers) filter (where band_order = 1), 0) as fallen,
        -coalesce(sum(change) filter (where band_order = 1), 0) as lost,
        coalesce(sum(silent) filter (where band_order = 1), 0) as silent,
        coalesce(sum(customers) filter (where band_order = 4), 0) as risen,
        coalesce(sum(change) filter (where band_order = 4), 0) as gained,
        coalesce(sum(change) filter (where band_order <= 4), 0) as net,
        coalesce(sum(spend_before) filter (where band_order <= 4), 0) as before,
        coalesce(sum(customers) filter (where band_order in (5, 6)), 0) as without,
        coalesce(sum(spend) filter (where band_order in (5, 6)), 0) as without_money,
        coalesce(sum(customers) filter (where band_order = 7), 0) as no_base,
        count(*) as bands
    from growth_monitor
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when fallen = 0 and risen = 0 then 'growth_monitor.answer.steady'
            when fallen = 0 then 'growth_monitor.answer.risen'
            when risen = 0 then 'growth_monitor.answer.fallen'
            when net < 0 then 'growth_monitor.answer.less'
            when net > 0 then 'growth_monitor.answer.more'
            else 'growth_monitor.answer.same'
        end as word,
        fallen as customers,
        of_customers,
        risen as others,
        lost as money,
        gained as money_others,
        null as share
    from totals
    where of_customers > 0
    union all
    select
        'answer' as place, 1 as position, 'growth_monitor.answer.nobody' as word, without as customers, null as of_customers,
        null as others, without_money as money, null as money_others, null as share
    from totals
    where of_customers = 0 and bands > 0
    union all
    select
        'note' as place,
        2 as position,
        case when net < 0 then 'growth_monitor.note.less' else 'growth_monitor.note.more' end as word,
        null as customers,
        of_customers,
        null as others,
        abs(net) as money,
        before as money_others,
        abs(cast(net as double)) / cast(before as double) as share
    from totals
    where of_customers > 0 and net <> 0 and before > 0
    union all
    select
        'note' as place, 3 as position, 'growth_monitor.note.silent' as word, silent as customers, fallen as of_customers,
        null as others, null as money, null as money_others, null as share
    from totals
    where silent > 0
    union all
    select
        'note' as place, 4 as position, 'growth_monitor.note.without' as word, without as customers, null as of_customers,
        null as others, without_money as money, null as money_others, null as share
    from totals
    where without > 0 and of_customers > 0
    union all
    select
        'note' as place, 5 as position, 'growth_monitor.note.no_base' as word, no_base as customers, null as of_customers,
        null as others, null as money, null as money_others, null as share
    from totals
    where no_base > 0 and of_customers > 0
    union all
    select
        'left_out' as place, 1 as position, 'growth_monitor.none' as word, null, null, null, null, null, null
    from totals
    where bands = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'growth_monitor' as step,
    cast(customers as bigint) as customers,
    cast(of_customers as bigint) as of_customers,
    cast(others as bigint) as others,
    cast(money as decimal(38, 6)) as money,
    cast(money_others as decimal(38, 6)) as money_others,
    cast(share as double) as share,
    cast($growth_monitor_fall as double) as fall,
    cast($growth_monitor_rise as double) as rise,
    cast($growth_monitor_days as bigint) as days
from sentences
order by position
