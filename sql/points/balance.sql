-- Grain: one row per member, and per customer whom the source `points` names.
--
-- customer_id      text
-- member_from      the day when the customer became a member; NULL without one
-- last_day         last day in the ledger; NULL where there is none yet
-- earned           points that the ledger saw earned, bonus points among them
-- bonus            bonus points
-- redeemed, adjusted, expired, opening  points, as in points_ledger
-- balance          points that are left: earned and all these together. Below zero if more was redeemed or returned
-- reward           money: list price of the item that the balance is enough for
-- next_at          points of the next reward
-- points_to_next   points that are missing for it
-- next_reward      money: its list price
-- spend_to_next    money that earns so many points on an ordinary day
-- near             $near_reward points or fewer are missing, and the balance is above zero
-- card_points      points that count for the higher card
-- card_from        the first day on which they were enough; NULL if they never were
-- points_to_card   points that are missing for it; 0 from `card_from` on
--
-- Parameters: $as_of, $money_a_point, $reward_from, $reward_step, $reward_worth, $near_reward, $card_points, $card_bonus,
-- $card_by.
with sums as (
    select
        customer_id,
        max(day) as last_day,
        sum(base) + sum(bonus) as earned,
        sum(bonus) as bonus,
        sum(redeemed) as redeemed,
        sum(adjusted) as adjusted,
        sum(expired) as expired,
        sum(opening) as opening,
        sum(greatest(opening, 0)) as opened,
        sum(points) as balance,
        min(day) filter (where card_points >= $card_points) as card_from
    from points_ledger
    where day <= $as_of
    group by customer_id
),

members as (
    select
        coalesce(points_members.customer_id, sums.customer_id) as customer_id,
        points_members.member_from,
        sums.last_day,
        coalesce(sums.earned, 0) as earned,
        coalesce(sums.bonus, 0) as bonus,
        coalesce(sums.redeemed, 0) as redeemed,
        coalesce(sums.adjusted, 0) as adjusted,
        coalesce(sums.expired, 0) as expired,
        coalesce(sums.opening, 0) as opening,
        coalesce(sums.opened, 0) as opened,
        coalesce(sums.balance, 0) as balance,
        sums.card_from
    from points_members
    full outer join sums on points_members.customer_id = sums.customer_id
),

steps as (
    select
        *,
        -- Rewards that the balance is enough for: each adds $reward_worth.
        case when balance >= $reward_from then (balance - $reward_from) / $reward_step + 1 else 0 end as rewards,
        -- Nothing else is known of what an opening balance added: for the card it was earned.
        case when $card_by = 'lifetime' then earned + opened else balance end
        - case when $card_bonus then 0 else bonus end as card_points
    from members
),

goals as (
    select *, $reward_from + rewards * $reward_step as next_at from steps
)

select
    customer_id,
    member_from,
    last_day,
    earned,
    bonus,
    redeemed,
    adjusted,
    expired,
    opening,
    balance,
    cast(rewards as decimal(18, 0)) * cast($reward_worth as decimal(18, 4)) as reward,
    next_at,
    next_at - balance as points_to_next,
    cast(rewards + 1 as decimal(18, 0)) * cast($reward_worth as decimal(18, 4)) as next_reward,
    cast(next_at - balance as decimal(18, 0)) * cast($money_a_point as decimal(18, 4)) as spend_to_next,
    balance > 0 and next_at - balance <= $near_reward as near,
    card_points,
    card_from,
    case when card_from is null then greatest($card_points - card_points, 0) else 0 end as points_to_card
from goals
order by customer_id
