-- Grain: one row per figure; columns as in headline.sql, but for changes and usual ranges.
--
-- Parameters: none.
select
    'revenue_at_risk' as figure,
    cast(6 as bigint) as position,
    'money' as unit,
    false as up_is_good,
    'churn' as step,
    cast((select sum(revenue_at_risk) from churn) as decimal(38, 6)) as now,
    cast((select sum(revenue_at_risk) from previous.churn) as decimal(38, 6)) as before,
    cast((select sum(revenue_at_risk) from year_ago.churn) as decimal(38, 6)) as year_ago
