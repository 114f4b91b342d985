-- Grain: one row per measure of the whole shop, and of each account manager; columns as in scorecard_measures.
--
-- complaints_solved_in_time  of the complaints due in the period, those closed on the due day or before with the outcome solved
-- visits_and_calls           visits and calls of the period, without those cancelled or not reached
--
-- Parameters: $period_start, $period_end, $before_start, $before_end.
with told as (
    select
        cast(account_manager as varchar) as account_manager,
        kind,
        case when kind = 'complaint' then cast(due_on as date) else cast(occurred_at as date) end as day,
        -- 1: as it should be; NULL: not.
        case
            when kind = 'complaint' then case when outcome = 'solved' and closed_on <= due_on then 1 end
            when outcome is null or outcome not in ('cancelled', 'not_reached') then 1
        end as done
    from interactions
    where kind in ('complaint', 'visit', 'call')
),

-- Each of them for the whole shop, and for the one who had it.
shared as (
    select cast(null as varchar) as subject, kind, day, done from told
    union all
    select account_manager as subject, kind, day, done from told where account_manager is not null
),

counted as (
    select
        subject,
        case when kind = 'complaint' then 'complaint' else 'contact' end as what,
        count(case when day between $period_start and $period_end then done end) as done_now,
        count(case when day between $period_start and $period_end then 1 end) as all_now,
        count(case when day between $before_start and $before_end then done end) as done_before,
        count(case when day between $before_start and $before_end then 1 end) as all_before
    from shared
    where day between $before_start and $period_end
    group by subject, case when kind = 'complaint' then 'complaint' else 'contact' end
)

select
    'complaints_solved_in_time' as measure,
    subject,
    cast(cast(done_now as double) / nullif(all_now, 0) as decimal(38, 6)) as value,
    cast(cast(done_before as double) / nullif(all_before, 0) as decimal(38, 6)) as before,
    'share' as unit,
    'interactions' as step
from counted
where what = 'complaint'
union all
select
    'visits_and_calls' as measure,
    subject,
    cast(done_now as decimal(38, 6)) as value,
    cast(done_before as decimal(38, 6)) as before,
    'count' as unit,
    'interactions' as step
from counted
where what = 'contact' and done_now + done_before > 0
