-- Grain: one row per customer × account manager of an assignment that holds on $as_of, its last day included.
--
-- customer_id, account_manager  text
-- since     the first day; of several such assignments the earliest
-- credit    the manager's share, divided by the sum of the customer's shares: they add up to 1. A share that is not given is 1
-- has_left  the manager's last day is not after $as_of
--
-- Parameters: $as_of.
with held as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(account_manager as varchar) as account_manager,
        min(cast(from_day as date)) as since,
        max(coalesce(cast(share as double), 1)) as share
    from assignments
    where
        account_manager is not null
        and cast(from_day as date) <= cast($as_of as date)
        and (to_day is null or cast(to_day as date) >= cast($as_of as date))
    group by cast(customer_id as varchar), cast(account_manager as varchar)
),

sums as (
    select customer_id, sum(share) as share, count(*) as managers from held group by customer_id
),

leavers as (
    select cast(account_manager as varchar) as account_manager, max(coalesce(cast(active_to as date), date '9999-12-31')) as left_on
    from managers
    group by cast(account_manager as varchar)
)

select
    held.customer_id,
    held.account_manager,
    held.since,
    case when sums.share > 0 then held.share / sums.share else 1 / cast(sums.managers as double) end as credit,
    coalesce(leavers.left_on <= cast($as_of as date), false) as has_left
from held
inner join sums on held.customer_id = sums.customer_id
left join leavers on held.account_manager = leavers.account_manager
