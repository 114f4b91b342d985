-- Grain: one row per customer to turn to before they are gone, the most revenue at stake first. All who qualify are
-- here: of those who ordered within the days that the regression watches, with a revenue above zero in the last 365
-- days,
--   - who is late by the own rhythm and not yet lost, by the table churn: whoever is still inside the own rhythm is
--     left alone, however much money is at stake;
--   - who has too few orders for a rhythm, where the regression alone judges: its probability is at or above the
--     threshold of least cost (churn_weights_judged). Where it was not judged, the threshold is 0.5; where it is
--     cheapest to call nobody, there is none of these.
-- No rows where there is no sound regression.
--
-- customer_id       text
-- class             A, B, C by revenue
-- status            as in churn; not_known has too few orders for a rhythm
-- probability       double: of no order in the window of days ahead, by the regression
-- p_silent          double: the same by the model of purchases; NULL where that does not predict
-- recency_days      days since the last order
-- lateness          double: recency_days / own rhythm, as in churn
-- orders            count
-- active_days       days with an order
-- revenue_12m       money of the last 365 days
-- revenue_at_stake  money of the window ahead: probability * revenue_12m * days of the window / 365
-- clv               predicted value; NULL where the model failed
-- action            call: class A with $call_from average orders or more at stake; write: class A or B with
--                   $write_from or more; message: all others
--
-- The average order is that of all customers over all of history. If it is not above zero, all get a message.
--
-- Parameters: $call_from, $write_from (multiples of the average order).
-- $call_from must be a number of 0 or more
-- $write_from must be a number of 0 or more
with threshold as (
    select
        case when count(*) = 0 then cast(0.5 as double) else max(threshold) end as least
    from churn_weights_judged
    where contender = 'logistic'
),

average as (
    select
        case
            when sum(orders) > 0 and sum(revenue) > 0 then cast(sum(revenue) as double) / cast(sum(orders) as double)
        end as average_order
    from customer_summary
),

chosen as (
    select
        customer_summary.customer_id,
        churn.status,
        churn_weights.probability,
        customer_summary.recency_days,
        churn.lateness,
        customer_summary.orders,
        customer_summary.active_days,
        customer_summary.revenue_12m,
        -- Doubles are rounded to six decimals: the order of customers must not depend on the last bit.
        cast(
            churn_weights.probability * cast(customer_summary.revenue_12m as double)
            * (select cast(window_days as double) from churn_origins) / 365 as decimal(38, 6)
        ) as revenue_at_stake
    from churn_weights
    inner join customer_summary on churn_weights.customer_id = customer_summary.customer_id
    inner join churn on churn_weights.customer_id = churn.customer_id
    where
        churn_weights.period = 'now'
        and churn_weights.probability > 0
        and customer_summary.revenue_12m > 0
        and (select count(*) from warning_sound) > 0
        and case
            when churn.status = 'not_known' then churn_weights.probability >= (select least from threshold)
            else churn.late and churn.status <> 'lost'
        end
),

rated as (
    select customer_id, p_silent from churn_rated where period = 'now'
)

select
    chosen.customer_id,
    customer_rank.class,
    chosen.status,
    chosen.probability,
    rated.p_silent,
    chosen.recency_days,
    chosen.lateness,
    chosen.orders,
    chosen.active_days,
    chosen.revenue_12m,
    chosen.revenue_at_stake,
    cast(clv.clv as decimal(38, 6)) as clv,
    case
        when
            customer_rank.class = 'A'
            and cast(chosen.revenue_at_stake as double)
            >= cast($call_from as double) * (select average_order from average)
            then 'call'
        when
            customer_rank.class in ('A', 'B')
            and cast(chosen.revenue_at_stake as double)
            >= cast($write_from as double) * (select average_order from average)
            then 'write'
        else 'message'
    end as action
from chosen
inner join customer_rank on chosen.customer_id = customer_rank.customer_id
left join rated on chosen.customer_id = rated.customer_id
left join clv on chosen.customer_id = clv.customer_id
order by chosen.revenue_at_stake desc, chosen.customer_id
