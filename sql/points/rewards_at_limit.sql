-- Grain: one row per reward of the source `points` up to $as_of; columns as in points_rewards.
--
-- customer_id  text
-- day          business day
-- points       that it used up, above zero; below zero if it was taken back
-- cost         money: what the rule gives for so many points. An item is worth its list price: the shop pays that. No
--              source says what cash and vouchers are worth: their points count as those of the first reward
--
-- Parameters: $as_of, $reward_from, $reward_step, $reward_worth.
-- $reward_from must be a whole number of 1 or more
-- $reward_step must be a whole number of 1 or more
with rewards as (
    select
        customer_id,
        day,
        kind,
        -points as points,
        abs(points) as size
    from points_entries
    where kind in ('redeem_item', 'redeem_cash', 'voucher') and day <= $as_of
)

select
    customer_id,
    day,
    points,
    cast(
        case
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
order by customer_id, day, points
