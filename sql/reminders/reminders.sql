-- Grain: one row per open deadline with a day: overdue ones first, the oldest first; on one day the largest amount, then the
-- most revenue.
--
-- severity         overdue: due_on before $as_of; soon: from $as_of to $reminders_soon_days days later; later
-- kind, id, customer_id, due_on, reason, amount  as in reminders_entries
-- days_over        days from due_on to $as_of; NULL where it is not overdue
-- account_manager  that of the row, else who is in charge of the customer; `-` where nobody is known
-- revenue_12m      money of the last 365 days of the customer; 0 without a transaction
--
-- Parameters: $as_of, $reminders_soon_days.
with told as (
    select
        case
            when reminders_entries.due_on < cast($as_of as date) then 1
            when reminders_entries.due_on <= cast(cast($as_of as date) + interval $reminders_soon_days day as date) then 2
            else 3
        end as urgency,
        reminders_entries.kind,
        reminders_entries.id,
        reminders_entries.customer_id,
        reminders_entries.due_on,
        reminders_entries.reason,
        reminders_entries.amount,
        coalesce(reminders_entries.account_manager, in_charge.account_manager, '-') as account_manager,
        coalesce(customer_summary.revenue_12m, 0) as revenue_12m
    from reminders_entries
    left join in_charge on reminders_entries.customer_id = in_charge.customer_id
    left join customer_summary on reminders_entries.customer_id = customer_summary.customer_id
    where reminders_entries.due_on is not null
)

select
    case urgency when 1 then 'overdue' when 2 then 'soon' else 'later' end as severity,
    kind,
    id,
    customer_id,
    due_on,
    case when urgency = 1 then cast(cast($as_of as date) - due_on as bigint) end as days_over,
    reason,
    amount,
    account_manager,
    revenue_12m
from told
order by urgency, due_on, amount desc nulls last, revenue_12m desc, kind, id
