-- Grain: one row per figure; columns as in headline.sql, but for changes and usual ranges.
--
-- points_liability: list price of the rewards that members' balances are enough for, as of $as_of. An earlier one is NULL
-- where history does not reach that day.
--
-- Parameters: $as_of, $previous_as_of, $year_ago_as_of, $reward_from, $reward_step, $reward_worth.
with moves as (
    select
        day,
        case when balance >= $reward_from then (balance - $reward_from) / $reward_step + 1 else 0 end
        - case when balance - points >= $reward_from then (balance - points - $reward_from) / $reward_step + 1 else 0 end as rewards
    from points_ledger
    where day <= $as_of
),

sums as (
    select
        sum(rewards) as now,
        coalesce(sum(rewards) filter (where day <= $previous_as_of), 0) as before,
        coalesce(sum(rewards) filter (where day <= $year_ago_as_of), 0) as year_ago
    from moves
    having count(*) > 0
),

history as (
    select min(day) as history_start from customer_day where day <= $as_of
)

select
    'points_liability' as figure,
    cast(20 as bigint) as position,
    'money' as unit,
    cast(null as boolean) as up_is_good,
    'points_summary' as step,
    cast(cast(sums.now as decimal(18, 0)) * cast($reward_worth as decimal(18, 4)) as decimal(38, 6)) as now,
    case
        when history.history_start <= $previous_as_of
            then cast(cast(sums.before as decimal(18, 0)) * cast($reward_worth as decimal(18, 4)) as decimal(38, 6))
    end as before,
    case
        when history.history_start <= $year_ago_as_of
            then cast(cast(sums.year_ago as decimal(18, 0)) * cast($reward_worth as decimal(18, 4)) as decimal(38, 6))
    end as year_ago
from sums
cross join history
