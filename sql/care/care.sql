-- Grain: one row per customer × reason for care. First what is due from $as_of on and not done, the next day first; then what
-- is past, the latest first; then what is done. On one day the most revenue comes first.
--
-- kind             birthday, festival, contract, near_card, near_reward, dormant_card, enrol
-- customer_id      text
-- due_on           day
-- state            done: a call or visit since the reason arose; else past: the day is over; due: within $care_days days; later
-- card, name, money, points, days  why, as in care_entries
-- contacted_on     the last call or visit since the reason arose; NULL without one
-- account_manager  text; NULL where none is known
-- action           the key of what is suggested, by the reason
-- revenue_12m      money of the last 365 days; 0 without a transaction
--
-- Parameters: $as_of, $care_days.
with contacted as (
    select care_entries.kind, care_entries.customer_id, care_entries.due_on, max(care_calls.day) as contacted_on
    from care_entries
    inner join care_calls
        on care_entries.customer_id = care_calls.customer_id and care_calls.day >= care_entries.since
    group by care_entries.kind, care_entries.customer_id, care_entries.due_on
),

told as (
    select
        care_entries.kind,
        care_entries.customer_id,
        care_entries.due_on,
        case
            when contacted.contacted_on is not null then 'done'
            when care_entries.due_on < cast($as_of as date) then 'past'
            when care_entries.due_on <= cast(cast($as_of as date) + interval $care_days day as date) then 'due'
            else 'later'
        end as state,
        care_entries.card,
        care_entries.name,
        care_entries.money,
        care_entries.points,
        care_entries.days,
        contacted.contacted_on,
        in_charge.account_manager,
        care_entries.kind as action,
        coalesce(customer_summary.revenue_12m, 0) as revenue_12m
    from care_entries
    left join contacted
        on care_entries.kind = contacted.kind
        and care_entries.customer_id = contacted.customer_id
        and care_entries.due_on = contacted.due_on
    left join in_charge on care_entries.customer_id = in_charge.customer_id
    left join customer_summary on care_entries.customer_id = customer_summary.customer_id
),

placed as (
    select
        *,
        case state when 'done' then 2 when 'past' then 1 else 0 end as place,
        abs(due_on - cast($as_of as date)) as away
    from told
)

select
    kind,
    customer_id,
    due_on,
    state,
    card,
    name,
    money,
    points,
    days,
    contacted_on,
    account_manager,
    action,
    revenue_12m
from placed
order by place, away, revenue_12m desc, customer_id, kind, name
