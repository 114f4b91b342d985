-- Grain: one row per figure; columns as in headline.sql, but for changes and usual ranges.
--
-- Parameters: none.
-- Of earlier days with less than 365 days of history there is nothing to compare with: their revenue would grow with history.
with earlier as (
    select 'before' as time, sum(churn.revenue_at_risk) as at_risk
    from previous.churn as churn
    cross join previous.periods as covered
    where covered.history_days >= 365
    union all
    select 'year_ago' as time, sum(churn.revenue_at_risk) as at_risk
    from year_ago.churn as churn
    cross join year_ago.periods as covered
    where covered.history_days >= 365
)

select
    'revenue_at_risk' as figure,
    cast(6 as bigint) as position,
    'money' as unit,
    false as up_is_good,
    'churn' as step,
    cast((select sum(revenue_at_risk) from churn) as decimal(38, 6)) as now,
    cast((select at_risk from earlier where time = 'before') as decimal(38, 6)) as before,
    cast((select at_risk from earlier where time = 'year_ago') as decimal(38, 6)) as year_ago
