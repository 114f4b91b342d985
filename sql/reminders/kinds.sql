-- Grain: one row per kind of deadline, the most overdue first.
--
-- kind            as in `reminders`
-- overdue, soon, later  deadlines by severity
-- undated         open ones without a due day, which are not in `reminders`
-- amount          open amount of invoices; overdue_amount of those overdue; NULL of other kinds
--
-- Parameters: none.
with dated as (
    select
        kind,
        count(*) filter (where severity = 'overdue') as overdue,
        count(*) filter (where severity = 'soon') as soon,
        count(*) filter (where severity = 'later') as later,
        cast(0 as bigint) as undated,
        sum(amount) as amount,
        case when kind = 'invoice' then coalesce(sum(amount) filter (where severity = 'overdue'), 0) end as overdue_amount
    from reminders
    group by kind
    union all
    select kind, 0, 0, 0, count(*), null, null from reminders_entries where due_on is null group by kind
)

select
    kind,
    cast(sum(overdue) as bigint) as overdue,
    cast(sum(soon) as bigint) as soon,
    cast(sum(later) as bigint) as later,
    cast(sum(undated) as bigint) as undated,
    cast(sum(amount) as decimal(38, 6)) as amount,
    cast(sum(overdue_amount) as decimal(38, 6)) as overdue_amount
from dated
group by kind
order by overdue desc, kind
