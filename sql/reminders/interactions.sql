-- Grain: one row per interaction of the kind reminder, or of another kind with a due day, that is not closed as of $as_of.
--
-- Columns as in reminders_entries.
--
-- Parameters: $as_of.
select
    cast(kind as varchar) as kind,
    cast(interaction_id as varchar) as id,
    cast(customer_id as varchar) as customer_id,
    cast(due_on as date) as due_on,
    cast(reason as varchar) as reason,
    cast(null as decimal(38, 6)) as amount,
    cast(account_manager as varchar) as account_manager
from interactions
where
    (kind = 'reminder' or due_on is not null)
    and cast(occurred_at as date) <= cast($as_of as date)
    and (closed_on is null or cast(closed_on as date) > cast($as_of as date))
