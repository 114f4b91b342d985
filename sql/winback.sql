-- Grain: one row per customer who is at risk or lost and may still be worth an effort: those with a predicted value above
-- zero; where there is no prediction, those at risk with revenue in the last 12 months.
--
-- customer_id      text
-- class            A, B, C by revenue of the last 12 months; none: no order and no money in these
-- segment          key
-- status           at_risk or lost
-- orders           count
-- gap_days         double: the customer's rhythm; NULL with fewer than three days with an order
-- recency_days     days since the last order
-- days_late        whole days beyond the rhythm; NULL likewise
-- revenue_12m      money of the last 365 days
-- revenue_at_risk  money
-- p_alive          the chance that the customer is still active, from the model; NULL where it failed or nobody can be seen to
--                  leave
-- recoverable      money to six decimals: predicted value, which counts the chance that the customer is still active; NULL
--                  likewise. What an effort can save at most
-- action           key of what to do: personal, direct, automatic
--   personal       recoverable is ten average orders of this shop's customers or more
--   direct         one average order or more
--   automatic      less, or not known
--
-- The most recoverable first: past revenue says what was lost, not what can still be won.
--
-- Parameters: none.
with predicted as (
    select customer_id, p_alive, cast(clv as decimal(38, 6)) as clv
    from clv
    -- A model in which nobody leaves gives everyone the value of an active customer.
    where not exists (select 1 from nobody_leaves)
),

average as (
    select cast(cast(sum(revenue) as decimal(38, 6)) / nullif(sum(orders), 0) as decimal(38, 6)) as order_value
    from customer_summary
),

chosen as (
    select
        churn.customer_id,
        churn.status,
        churn.gap_days,
        churn.recency_days,
        churn.revenue_12m,
        churn.revenue_at_risk,
        predicted.p_alive,
        predicted.clv as recoverable
    from churn
    left join predicted on churn.customer_id = predicted.customer_id
    where
        churn.status in ('at_risk', 'lost')
        and case
            when (select count(clv) from predicted) > 0 then coalesce(predicted.clv, 0) > 0
            else churn.revenue_at_risk > 0
        end
)

select
    chosen.customer_id,
    coalesce(customer_rank.class, 'none') as class,
    segments.segment,
    chosen.status,
    customer_summary.orders,
    chosen.gap_days,
    chosen.recency_days,
    cast(floor(cast(chosen.recency_days as double) - chosen.gap_days) as bigint) as days_late,
    chosen.revenue_12m,
    chosen.revenue_at_risk,
    chosen.p_alive,
    chosen.recoverable,
    case
        when chosen.recoverable >= 10 * average.order_value and average.order_value > 0 then 'personal'
        when chosen.recoverable >= average.order_value and average.order_value > 0 then 'direct'
        else 'automatic'
    end as action
from chosen
cross join average
inner join customer_summary on chosen.customer_id = customer_summary.customer_id
inner join segments on chosen.customer_id = segments.customer_id
left join customer_rank on chosen.customer_id = customer_rank.customer_id
order by chosen.recoverable desc nulls last, chosen.revenue_at_risk desc, chosen.customer_id
