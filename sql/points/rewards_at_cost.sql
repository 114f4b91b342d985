-- Grain: one row per reward of the source `points` up to $as_of whose cost is known; columns as in points_rewards.
--
-- customer_id  text
-- day          business day
-- points       0: its points are counted already
-- cost         money: the cost less what the rule gives: both rows together are the cost. A reward that was taken back has
--              its cost below zero
--
-- Parameters: $as_of, $reward_from, $reward_step, $reward_worth.
-- $reward_from must be a whole number of 1 or more
-- $reward_step must be a whole number of 1 or more
with rewards as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(day as date) as day,
        kind,
        -cast(points as bigint) as points,
        abs(cast(points as bigint)) as size,
        cast(cost as decimal(28, 6)) as cost
    from points
    where
        kind in ('redeem_item', 'redeem_cash', 'voucher')
        and cast(day as date) <= $as_of
        and customer_id is not null
        and points is not null
        and cost is not null
)

select
    customer_id,
    day,
    cast(0 as bigint) as points,
    cast(
        cost - case
            when kind <> 'redeem_item'
                then cast(points as decimal(18, 0)) * cast($reward_worth as decimal(18, 4))
                / cast($reward_from as decimal(18, 0))
            when size < $reward_from then 0
            else
                cast(((size - $reward_from) / $reward_step + 1) * signum(points) as decimal(18, 0))
                * cast($reward_worth as decimal(18, 4))
        end as decimal(38, 6)
    ) as cost
from rewards
order by customer_id, day, cost
