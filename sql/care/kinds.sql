-- Grain: one row per reason for care with an entry, the reasons with a day of their own first.
--
-- kind      as in `care`
-- tasks     all entries: due + later + past + done
-- due, later, past, done  entries by state
-- next_due  the next day of those due or later; NULL without one
-- revenue_12m  money of the last 365 days of their customers, each once
--
-- Parameters: none.
with once as (
    select kind, customer_id, max(revenue_12m) as revenue_12m from care group by kind, customer_id
),

money as (
    select kind, sum(revenue_12m) as revenue_12m from once group by kind
),

counts as (
    select
        kind,
        count(*) as tasks,
        count(*) filter (where state = 'due') as due,
        count(*) filter (where state = 'later') as later,
        count(*) filter (where state = 'past') as past,
        count(*) filter (where state = 'done') as done,
        min(due_on) filter (where state in ('due', 'later')) as next_due
    from care
    group by kind
)

select counts.kind, counts.tasks, counts.due, counts.later, counts.past, counts.done, counts.next_due, money.revenue_12m
from counts
inner join money on counts.kind = money.kind
order by
    case counts.kind
        when 'birthday' then 1
        when 'festival' then 2
        when 'contract' then 3
        when 'near_card' then 4
        when 'near_reward' then 5
        when 'enrol' then 6
        else 7
    end,
    counts.kind
