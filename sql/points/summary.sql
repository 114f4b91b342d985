-- Grain: one row; none without a member.
--
-- members           customers with a row in points_balance
-- with_points       of these: a balance above zero
-- outstanding       points: their balances
-- liability         money: list price of the rewards that their balances are enough for
-- liability_limit   money: the most that the outstanding points can ever bring in rewards, each at the rate of a further one
-- upper_bound       redemptions are not known: these three are upper bounds
-- can_redeem        members who have points for a reward
-- near              members near the next one
-- overdrawn         members with a balance below zero
-- overdrawn_points  the points below zero, as a positive number
-- card_holders      members with enough points for the higher card, now or earlier
-- earned, bonus, redeemed, adjusted, expired, opening  points, of all members and days
-- revenue_12m       money of all customers in the last 365 days, $as_of included
-- reward_cost_12m   money of rewards in these days; NULL where redemptions are not known
-- reward_cost_share  reward_cost_12m / revenue_12m; NULL likewise, and where revenue is not above zero
-- liability_share   liability / revenue_12m; NULL where that is not above zero
--
-- Parameters: $as_of, $reward_step, $reward_worth.
with balances as (
    select
        count(*) as members,
        count(*) filter (where balance > 0) as with_points,
        coalesce(sum(balance) filter (where balance > 0), 0) as outstanding,
        sum(reward) as liability,
        count(*) filter (where reward > 0) as can_redeem,
        count(*) filter (where near) as near,
        count(*) filter (where balance < 0) as overdrawn,
        coalesce(-sum(balance) filter (where balance < 0), 0) as overdrawn_points,
        count(card_from) as card_holders,
        sum(earned) as earned,
        sum(bonus) as bonus,
        sum(redeemed) as redeemed,
        sum(adjusted) as adjusted,
        sum(expired) as expired,
        sum(opening) as opening
    from points_balance
    having count(*) > 0
),

year as (
    select cast(coalesce(sum(revenue), 0) as decimal(38, 6)) as revenue_12m
    from customer_day
    where day <= $as_of and day > cast($as_of as date) - interval '365 days'
),

rewards as (
    select cast(coalesce(sum(cost), 0) as decimal(38, 6)) as cost
    from points_rewards
    where day <= $as_of and day > cast($as_of as date) - interval '365 days'
),

known as (
    select count(*) > 0 as redemptions from points_known where what = 'redemptions'
)

select
    balances.members,
    balances.with_points,
    balances.outstanding,
    balances.liability,
    cast(balances.outstanding as decimal(28, 0)) * cast($reward_worth as decimal(18, 4))
    / cast($reward_step as decimal(18, 0)) as liability_limit,
    not known.redemptions as upper_bound,
    balances.can_redeem,
    balances.near,
    balances.overdrawn,
    balances.overdrawn_points,
    balances.card_holders,
    balances.earned,
    balances.bonus,
    balances.redeemed,
    balances.adjusted,
    balances.expired,
    balances.opening,
    year.revenue_12m,
    case when known.redemptions then rewards.cost end as reward_cost_12m,
    case
        when known.redemptions and year.revenue_12m > 0
            then cast(rewards.cost as double) / cast(year.revenue_12m as double)
    end as reward_cost_share,
    case
        when year.revenue_12m > 0 then cast(balances.liability as double) / cast(year.revenue_12m as double)
    end as liability_share
from balances
cross join year
cross join rewards
cross join known
