-- Grain: one row per member who is near the next reward. Who it is stands in `points_balance`; nothing is computed again here.
--
-- Columns as in care_entries. since: the last day in the ledger.
--
-- Parameters: $care_task_days.
select
    'near_reward' as kind,
    customer_id,
    last_day as since,
    cast(last_day + interval $care_task_days day as date) as due_on,
    cast(null as varchar) as card,
    cast(null as varchar) as name,
    cast(spend_to_next as decimal(38, 6)) as money,
    cast(points_to_next as bigint) as points,
    cast(null as bigint) as days
from points_balance
where near and last_day is not null
