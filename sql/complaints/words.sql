-- Grain: one row per sentence of the section.
--
-- complaints, before   of the last $complaints_days days, and of as many before (NULL where the source begins later)
-- open, overdue        open complaints, and those past their day
-- customers, of_customers, share  of the note on the rate: complainers who bought, and customers who bought; of the rule of
--                      thumb: complainers, and the unhappy by the rule; of the silent: how many
-- speak                $complaints_speak
-- money                revenue of 12 months of the silent
-- cause                the most frequent one, where it is the only one of its frequency
-- days                 $complaints_days
--
-- The notes on the cause and on the rule need $least_customers complaints and buyers.
--
-- Parameters: $complaints_days, $complaints_speak, $least_customers.
with totals as (
    select
        coalesce(sum(complaints), 0) as complaints,
        case when count(complaints_before) = count(*) then sum(complaints_before) end as before,
        count(*) as causes
    from complaints
),

waiting as (
    select count(*) as open, count(*) filter (where days_over is not null) as overdue from complaints_open
),

silent as (
    select count(*) as customers, coalesce(sum(revenue_12m), 0) as money from complaints_silent
),

first_cause as (
    select cause, complaints from complaints where cause <> '-' and complaints > 0 order by complaints desc, cause limit 1
),

first_cause_alone as (
    select first_cause.cause, first_cause.complaints
    from first_cause
    inner join complaints as others on first_cause.complaints = others.complaints and others.cause <> '-'
    group by first_cause.cause, first_cause.complaints
    having count(*) = 1
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when waiting.open = 0 and silent.customers = 0 then 'complaints.answer.nobody'
            when waiting.open = 0 then 'complaints.answer.silent'
            when silent.customers = 0 and waiting.overdue = 0 then 'complaints.answer.open_in_time'
            when silent.customers = 0 then 'complaints.answer.open'
            when waiting.overdue = 0 then 'complaints.answer.both_in_time'
            else 'complaints.answer.both'
        end as word,
        'complaints_open' as step,
        null as complaints,
        null as before,
        waiting.open,
        waiting.overdue,
        silent.customers,
        null as of_customers,
        null as share,
        silent.money,
        null as cause
    from waiting
    cross join silent
    cross join totals
    where totals.causes > 0 or waiting.open > 0
    union all
    select
        'note', 2,
        case
            when before is null then 'complaints.note.count'
            when complaints > before then 'complaints.note.more'
            when complaints < before then 'complaints.note.fewer'
            else 'complaints.note.as_many'
        end,
        'complaints', complaints, before, null, null, null, null, null, null, null
    from totals
    where causes > 0
    union all
    select 'note', 3, 'complaints.note.cause', 'complaints', first_cause_alone.complaints, null, null, null, null,
        totals.complaints, cast(first_cause_alone.complaints as double) / cast(totals.complaints as double), null,
        first_cause_alone.cause
    from first_cause_alone
    cross join totals
    where totals.complaints > first_cause_alone.complaints and totals.complaints >= $least_customers
    union all
    select 'note', 4,
        case when unhappy_by_rule > customers then 'complaints.note.rule_too_many' else 'complaints.note.rule' end,
        'complaints_rate', null, null, null, null, buying_complainers, customers, complaint_rate, null, null
    from complaints_rate
    where complainers > 0 and customers >= $least_customers
    union all
    select 'left_out', 1, 'complaints.none', 'complaints', null, null, null, null, null, null, null, null, null
    from totals
    cross join waiting
    where totals.causes = 0 and waiting.open = 0
)

select
    sentences.place,
    cast(sentences.position as bigint) as position,
    sentences.word,
    sentences.step,
    cast(sentences.complaints as bigint) as complaints,
    cast(sentences.before as bigint) as before,
    cast(sentences.open as bigint) as open,
    cast(sentences.overdue as bigint) as overdue,
    cast(sentences.customers as bigint) as customers,
    cast(sentences.of_customers as bigint) as of_customers,
    cast(sentences.share as double) as share,
    cast($complaints_speak as double) as speak,
    complaints_rate.complainers,
    complaints_rate.unhappy_by_rule as unhappy,
    cast(sentences.money as decimal(38, 6)) as money,
    cast(sentences.cause as varchar) as cause,
    cast($complaints_days as bigint) as days
from sentences
cross join complaints_rate
order by position
