-- Grain: one row per customer × reason that a card gives: near the next one, a dormant one, or one to be given to a customer
-- without any. Who it is stands in `membership`; nothing is computed again here.
--
-- Columns as in care_entries. since: the last order; of a dormant card the day on which it became so. Near a card by the best
-- day, the money that is missing would not be enough: the whole amount has to be spent on one day.
--
-- Parameters: $care_task_days, $dormant_after_days.
with reasons as (
    select
        'near_card' as kind,
        customer_id,
        last_day as since,
        next_tier as card,
        gap as money,
        cast(null as bigint) as days
    from membership
    where near and last_day is not null
    union all
    select
        'dormant_card' as kind,
        customer_id,
        cast(greatest(coalesce(last_day, since), since) + interval $dormant_after_days day + interval 1 day as date) as since,
        tier as card,
        null as money,
        silent_days as days
    from membership
    where dormant
    union all
    select 'enrol' as kind, customer_id, last_day as since, eligible as card, null as money, null as days
    from membership
    where tier_order = 0 and eligible is not null and last_day is not null
)

select
    kind,
    customer_id,
    since,
    cast(since + interval $care_task_days day as date) as due_on,
    cast(card as varchar) as card,
    cast(null as varchar) as name,
    cast(money as decimal(38, 6)) as money,
    cast(null as bigint) as points,
    cast(days as bigint) as days
from reasons
