-- Grain: one row per sentence of the section.
--
-- tasks      entries that the sentence is about
-- customers  their customers, each once
-- past       entries whose day is over
-- done       entries with a call or visit since
-- days       $care_days; for the note on contracts $care_days too
-- revenue    money of the last 365 days of these customers
--
-- Parameters: $care_days.
with counts as (
    select
        count(*) as tasks,
        count(*) filter (where state = 'due') as due,
        count(distinct customer_id) filter (where state = 'due') as customers,
        count(*) filter (where state = 'past') as past,
        count(*) filter (where state = 'later') as later,
        count(*) filter (where state = 'done') as done,
        count(*) filter (where state <> 'done' and account_manager is null) as without,
        count(*) filter (where account_manager is not null) as named
    from care
    having count(*) > 0
),

calls as (
    select count(*) > 0 as known from care_calls
),

-- Contracts that end soon or ended, with nobody called yet.
contracts as (
    select count(distinct customer_id) as customers, sum(revenue_12m) as revenue
    from care
    where kind = 'contract' and state <> 'done'
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when due > 0 and past > 0 then 'care.answer.due_and_past'
            when due > 0 then 'care.answer.due'
            when past > 0 then 'care.answer.past'
            when later > 0 then 'care.answer.later'
            else 'care.answer.done'
        end as word,
        case when due > 0 then due when later > 0 and past = 0 then later else tasks end as tasks,
        customers,
        past,
        done,
        cast($care_days as bigint) as days,
        null as revenue
    from counts
    union all
    select
        'note' as place, 2 as position, 'care.note.contracts' as word, null as tasks, customers, null as past, null as done,
        null as days, revenue
    from contracts
    where customers > 0
    union all
    select
        'note' as place, 3 as position,
        case when calls.known then 'care.note.done' else 'care.note.not_known' end as word,
        counts.tasks, null as customers, null as past, counts.done, null as days, null as revenue
    from counts
    cross join calls
    union all
    select
        'note' as place, 4 as position, 'care.note.without' as word, without as tasks, null as customers, null as past,
        null as done, null as days, null as revenue
    from counts
    where without > 0 and named > 0
    union all
    select 'left_out' as place, 1 as position, 'care.nobody' as word, null as tasks, null as customers, null as past, null as done, null as days,
        null as revenue
    where (select count(*) from counts) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'care' as step,
    cast(tasks as bigint) as tasks,
    cast(customers as bigint) as customers,
    cast(past as bigint) as past,
    cast(done as bigint) as done,
    cast(days as bigint) as days,
    cast(revenue as decimal(38, 6)) as revenue
from sentences
order by position
