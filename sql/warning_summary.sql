-- Grain: one row. How many of today's customers are expected to leave, and what is at stake in the window ahead.
--
-- within_days       customers with an older last order are not watched
-- window_days       days ahead: a customer without an order in them counts as gone; NULL where nobody has an order
-- learned_until     the last day that the regression knew when it learned; NULL where history is too short for it
-- judged_until      the last day known of those that it was judged on; NULL likewise
-- customers         with an order within $within_days
-- expected_leavers  double: sum of their probabilities to leave; NULL where there is no model
-- revenue_12m       their money of the last 365 days
-- window_revenue    money that the window would bring at the pace of the last 365 days: sum of revenue_12m *
--                   window_days / 365, of those above zero
-- revenue_at_stake  money of the same window: sum of probability * revenue_12m * window_days / 365, of those above
--                   zero; NULL where there is no model
--
-- The model's doubles are rounded before they are added: the sum does not depend on the order of rows.
--
-- Parameters: $within_days.
-- $within_days must be a whole number of 1 or more
with watched as (
    select
        churn_weights.probability,
        customer_summary.revenue_12m,
        case when customer_summary.revenue_12m > 0 then
            cast(customer_summary.revenue_12m as double) * (select cast(window_days as double) from churn_origins) / 365
        end as of_window
    from churn_weights
    inner join customer_summary on churn_weights.customer_id = customer_summary.customer_id
    where churn_weights.period = 'now'
),

summed as (
    select
        count(*) as customers,
        sum(cast(probability as decimal(38, 12))) as expected_leavers,
        sum(revenue_12m) as revenue_12m,
        sum(cast(of_window as decimal(38, 6))) as window_revenue,
        sum(cast(probability * of_window as decimal(38, 6))) as revenue_at_stake
    from watched
)

select
    cast($within_days as bigint) as within_days,
    (select window_days from churn_origins) as window_days,
    (select origin_3 from churn_origins) as learned_until,
    (select case when origin_3 is not null then origin_1 end from churn_origins) as judged_until,
    customers,
    cast(expected_leavers as double) as expected_leavers,
    revenue_12m,
    window_revenue,
    revenue_at_stake
from summed
