-- Grain: one row per customer, the 50 with the most revenue at stake: whom to call before they are gone.
--
-- customer_id       text
-- class             A, B, C by revenue
-- probability       double: of no order in the window of days ahead, by the regression
-- recency_days      days since the last order
-- lateness          double: recency_days / own rhythm, as in churn
-- orders            count
-- active_days       days with an order
-- revenue_12m       money of the last 365 days
-- revenue_at_stake  money: probability * revenue_12m
-- clv               predicted value; NULL where the model failed
--
-- Parameters: none.
with chosen as (
    select
        customer_summary.customer_id,
        churn_weights.probability,
        customer_summary.recency_days,
        customer_summary.orders,
        customer_summary.active_days,
        customer_summary.revenue_12m,
        -- Doubles are rounded to six decimals: the order of customers must not depend on the last bit.
        cast(churn_weights.probability * cast(customer_summary.revenue_12m as double) as decimal(38, 6)) as revenue_at_stake
    from churn_weights
    inner join customer_summary on churn_weights.customer_id = customer_summary.customer_id
    where churn_weights.period = 'now' and churn_weights.probability > 0 and customer_summary.revenue_12m > 0
    order by revenue_at_stake desc, customer_id
    limit 50
)

select
    chosen.customer_id,
    customer_rank.class,
    chosen.probability,
    chosen.recency_days,
    churn.lateness,
    chosen.orders,
    chosen.active_days,
    chosen.revenue_12m,
    chosen.revenue_at_stake,
    cast(clv.clv as decimal(38, 6)) as clv
from chosen
inner join customer_rank on chosen.customer_id = customer_rank.customer_id
inner join churn on chosen.customer_id = churn.customer_id
left join clv on chosen.customer_id = clv.customer_id
order by chosen.revenue_at_stake desc, chosen.customer_id
