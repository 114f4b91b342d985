-- Grain: one row per account manager with an open deadline; the most overdue first, `-` last.
--
-- account_manager        as in `reminders`
-- overdue, soon, later   deadlines by severity
-- oldest                 the earliest due day
-- overdue_amount         of overdue invoices; 0 without one
--
-- Parameters: none.
with counts as (
    select
        account_manager,
        count(*) filter (where severity = 'overdue') as overdue,
        count(*) filter (where severity = 'soon') as soon,
        count(*) filter (where severity = 'later') as later,
        min(due_on) as oldest,
        cast(coalesce(sum(amount) filter (where severity = 'overdue'), 0) as decimal(38, 6)) as overdue_amount,
        account_manager = '-' as unnamed
    from reminders
    group by account_manager
)

select account_manager, overdue, soon, later, oldest, overdue_amount
from counts
order by unnamed, overdue desc, soon desc, account_manager
