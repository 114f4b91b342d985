-- Grain: one row per member near the next reward, the fewest missing points first: 50 at most.
--
-- customer_id     text
-- balance         points
-- points_to_next  points that are missing
-- next_reward     money: list price of the reward
-- spend_to_next   money that earns so many points on an ordinary day
-- last_day        last day in the ledger
-- revenue_12m     money of the last 365 days
--
-- Parameters: none.
select
    points_balance.customer_id,
    points_balance.balance,
    points_balance.points_to_next,
    points_balance.next_reward,
    points_balance.spend_to_next,
    points_balance.last_day,
    customer_summary.revenue_12m
from points_balance
left join customer_summary on points_balance.customer_id = customer_summary.customer_id
where points_balance.near
order by points_balance.points_to_next, customer_summary.revenue_12m desc nulls last, points_balance.customer_id
limit 50
