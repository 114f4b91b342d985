-- Grain: one row per customer with an order in the last 365 days: contribution by engagement.
--
-- customer_id   text
-- contribution  money of the last 365 days
-- engagement    double: mean of the scores of all measures
-- measures      how many there are
-- valuable      contribution at or above the mean of these customers
-- engaged       engagement at or above $engagement_high
-- quarter       core: valuable and engaged; undervalued: engaged only; distant: valuable only; occasional: neither
--
-- Parameters: $engagement_high.
-- $engagement_high must be a number from 1 to 5
with scored as (
    select customer_id, sum(score) as scores, count(*) as measures
    from engagement_scores
    group by customer_id
),

known as (
    select
        scored.customer_id,
        customer_summary.revenue_12m as contribution,
        cast(scored.scores as double) / cast(scored.measures as double) as engagement,
        scored.measures
    from scored
    inner join customer_summary on scored.customer_id = customer_summary.customer_id
),

means as (
    select sum(contribution) as contribution, count(*) as customers from known
),

judged as (
    select
        known.*,
        known.contribution * means.customers >= means.contribution as valuable,
        known.engagement >= cast($engagement_high as double) as engaged
    from known
    cross join means
)

select
    customer_id,
    contribution,
    engagement,
    measures,
    valuable,
    engaged,
    case
        when valuable and engaged then 'core'
        when engaged then 'undervalued'
        when valuable then 'distant'
        else 'occasional'
    end as quarter
from judged
order by customer_id
