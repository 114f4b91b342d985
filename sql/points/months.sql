-- Grain: one row per calendar month from the first row of history to $as_of.
--
-- month              its first day; the first one includes all earlier entries
-- complete           the month is over at $as_of
-- earned             points: base and bonus
-- bonus              of these: bonus points
-- redeemed, adjusted, expired, opening  points, as in points_ledger
-- outstanding        points: balances above zero at the month's end ($as_of in the last month)
-- liability          money: list price of the rewards that these are enough for
-- revenue            money of all customers
-- reward_cost        money of the month's rewards; NULL where redemptions are not known
-- reward_cost_share  reward_cost / revenue; NULL likewise, and where revenue is not above zero
--
-- Parameters: $as_of, $reward_from, $reward_step, $reward_worth.
with moves as (
    select
        cast(date_trunc('month', day) as date) as month,
        base,
        bonus,
        redeemed,
        adjusted,
        expired,
        opening,
        greatest(balance, 0) - greatest(balance - points, 0) as outstanding,
        case when balance >= $reward_from then (balance - $reward_from) / $reward_step + 1 else 0 end
        - case when balance - points >= $reward_from then (balance - points - $reward_from) / $reward_step + 1 else 0 end as rewards
    from points_ledger
    where day <= $as_of
),

of_months as (
    select
        month,
        sum(base) + sum(bonus) as earned,
        sum(bonus) as bonus,
        sum(redeemed) as redeemed,
        sum(adjusted) as adjusted,
        sum(expired) as expired,
        sum(opening) as opening,
        sum(outstanding) as outstanding,
        sum(rewards) as rewards
    from moves
    group by month
),

-- Entries may be older than the first purchase: they belong to the first month.
first_month as (
    select min(month) as month from monthly
),

cost_months as (
    select
        greatest(cast(date_trunc('month', points_rewards.day) as date), first_month.month) as month,
        points_rewards.cost
    from points_rewards
    cross join first_month
    where points_rewards.day <= $as_of
),

costs as (
    select month, sum(cost) as cost from cost_months group by month
),

known as (
    select count(*) > 0 as redemptions from points_known where what = 'redemptions'
),

spans as (
    select
        month,
        complete,
        revenue,
        case when row_number() over (order by month) > 1 then month end as begins,
        month + interval '1 month' as ends
    from monthly
),

joined as (
    select
        spans.month,
        spans.complete,
        spans.revenue,
        sum(of_months.earned) as earned,
        sum(of_months.bonus) as bonus,
        sum(of_months.redeemed) as redeemed,
        sum(of_months.adjusted) as adjusted,
        sum(of_months.expired) as expired,
        sum(of_months.opening) as opening,
        sum(of_months.outstanding) as outstanding,
        sum(of_months.rewards) as rewards
    from spans
    left join of_months on spans.ends > of_months.month and coalesce(spans.begins, of_months.month) <= of_months.month
    group by spans.month, spans.complete, spans.revenue
),

running as (
    select
        joined.month,
        joined.complete,
        coalesce(joined.earned, 0) as earned,
        coalesce(joined.bonus, 0) as bonus,
        coalesce(joined.redeemed, 0) as redeemed,
        coalesce(joined.adjusted, 0) as adjusted,
        coalesce(joined.expired, 0) as expired,
        coalesce(joined.opening, 0) as opening,
        sum(coalesce(joined.outstanding, 0)) over (
            order by joined.month rows between unbounded preceding and current row
        ) as outstanding,
        sum(coalesce(joined.rewards, 0)) over (
            order by joined.month rows between unbounded preceding and current row
        ) as rewards,
        joined.revenue,
        case when known.redemptions then coalesce(costs.cost, 0) end as reward_cost
    from joined
    cross join known
    left join costs on joined.month = costs.month
)

select
    month,
    complete,
    earned,
    bonus,
    redeemed,
    adjusted,
    expired,
    opening,
    outstanding,
    cast(rewards as decimal(18, 0)) * cast($reward_worth as decimal(18, 4)) as liability,
    revenue,
    reward_cost,
    case when revenue > 0 then cast(reward_cost as double) / cast(revenue as double) end as reward_cost_share
from running
order by month
