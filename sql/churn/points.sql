-- Grain: one row per figure and month; columns as in headline_series.sql.
--
-- Parameters: $as_of, $previous_as_of, $year_ago_as_of.
with risks as (
    select cast($year_ago_as_of as date) as day, sum(revenue_at_risk) as value from year_ago.churn
    union all
    select cast($previous_as_of as date) as day, sum(revenue_at_risk) as value from previous.churn
    union all
    select cast($as_of as date) as day, sum(revenue_at_risk) as value from churn
)

select
    'revenue_at_risk' as figure,
    cast(date_trunc('month', day) as date) as month,
    cast(value as decimal(38, 6)) as value
from risks
