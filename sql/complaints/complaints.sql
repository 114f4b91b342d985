-- Grain: one row per cause with a complaint, inquiry or suggestion in the last $complaints_days days; most complaints first.
--
-- cause              as in complaints_voices
-- complaints, inquiries, suggestions  of these days
-- complaint_share    complaints / all complaints; NULL where there is none
-- complaints_before  of as many days before; NULL where the source begins later
-- complainers        customers with such a complaint
-- open               of the complaints, those not closed
--
-- Parameters: $as_of, $complaints_days.
with windows as (
    select
        cast(cast($as_of as date) - interval $complaints_days day as date) as until,
        cast(cast($as_of as date) - interval $complaints_days day - interval $complaints_days day as date) as since,
        min(day) as source_start
    from complaints_voices
),

counts as (
    select
        voices.cause,
        count(*) filter (where voices.voice = 'complaint' and voices.day > windows.until) as complaints,
        count(*) filter (where voices.voice = 'inquiry' and voices.day > windows.until) as inquiries,
        count(*) filter (where voices.voice = 'suggestion' and voices.day > windows.until) as suggestions,
        count(*) filter (where voices.voice = 'complaint' and voices.day <= windows.until) as complaints_before,
        count(distinct case when voices.voice = 'complaint' and voices.day > windows.until then voices.customer_id end)
            as complainers,
        count(*) filter (
            where voices.voice = 'complaint' and voices.day > windows.until and voices.closed_on is null
        ) as open,
        count(*) filter (where voices.day > windows.until) as voices_now,
        max(windows.since) as since,
        min(windows.source_start) as source_start
    from complaints_voices as voices
    cross join windows
    where voices.day > windows.since
    group by voices.cause
),

total as (
    select sum(complaints) as complaints from counts
)

select
    counts.cause,
    counts.complaints,
    counts.inquiries,
    counts.suggestions,
    case when total.complaints > 0 then cast(counts.complaints as double) / cast(total.complaints as double) end as complaint_share,
    case
        when counts.source_start <= cast(counts.since + interval 1 day as date) then counts.complaints_before
    end as complaints_before,
    counts.complainers,
    counts.open
from counts
cross join total
where counts.voices_now > 0 or counts.complaints_before > 0
order by counts.complaints desc, counts.inquiries desc, counts.suggestions desc, counts.cause
