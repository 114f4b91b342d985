-- Grain: one row per figure and month, up to 13 months, oldest first.
--
-- figure  revenue, active_customers, repeat_rate, average_order: the 13 full months that end with the last
--         full period; top20_share: as of the ends of 13 months, the last of them $as_of;
--         revenue_at_risk: as of a year ago, one period ago and $as_of, since each value needs every
--         customer's rhythm as it was known then
-- month   its first day
-- value   decimal, six places: money, count or share, as in headline. A month without a row is 0; it has no average order
--
-- Parameters: $as_of, $period_end, $previous_as_of, $year_ago_as_of.
with figures (figure, position) as (
    values
    ('revenue', 1),
    ('active_customers', 2),
    ('repeat_rate', 3),
    ('average_order', 4),
    ('top20_share', 5),
    ('revenue_at_risk', 6)
),

full_months as (
    select month, revenue, active, average_order
    from monthly
    where
        complete
        and month <= $period_end
        and month > cast(date_trunc('month', cast($period_end as date)) as date) - interval '13 months'
),

-- Days of a customer's first order and of the order that made him a repeat customer; their months are asked of the
-- days, which are few.
arrival_days as (
    select first_day as day, count(*) as first, 0 as repeat
    from customer_summary
    where orders > 0
    group by first_day
    union all
    select second_day as day, 0 as first, count(*) as repeat
    from customer_summary
    where orders > 0 and second_day is not null
    group by second_day
),

arrivals as (
    select cast(date_trunc('month', day) as date) as month, sum(first) as first, sum(repeat) as repeat
    from arrival_days
    group by cast(date_trunc('month', day) as date)
),

repeat_rates as (
    select
        full_months.month,
        cast(cast(sum(arrivals.repeat) as double) / cast(sum(arrivals.first) as double) as decimal(38, 6)) as value
    from full_months
    inner join arrivals on full_months.month >= arrivals.month
    group by full_months.month
),

risks as (
    select cast($year_ago_as_of as date) as day, sum(revenue_at_risk) as value from year_ago.churn
    union all
    select cast($previous_as_of as date) as day, sum(revenue_at_risk) as value from previous.churn
    union all
    select cast($as_of as date) as day, sum(revenue_at_risk) as value from churn
),

points as (
    select 'revenue' as figure, month, cast(revenue as decimal(38, 6)) as value from full_months
    union all
    select 'active_customers' as figure, month, cast(active as decimal(38, 6)) as value from full_months
    union all
    select 'average_order' as figure, month, cast(average_order as decimal(38, 6)) as value from full_months
    union all
    select 'repeat_rate' as figure, month, value from repeat_rates
    union all
    select 'top20_share' as figure, month, cast(top20_share as decimal(38, 6)) as value from concentration_trend
    union all
    select
        'revenue_at_risk' as figure,
        cast(date_trunc('month', day) as date) as month,
        cast(value as decimal(38, 6)) as value
    from risks
)

select points.figure, points.month, points.value
from points
inner join figures on points.figure = figures.figure
where points.value is not null
order by figures.position, points.month
