-- Grain: one row per figure and month; columns as in headline_series.sql.
--
-- Parameters: $period_end.
with full_months as (
    select month, revenue, active, average_order
    from monthly
    where
        complete
        and month <= $period_end
        and month > cast(date_trunc('month', cast($period_end as date)) as date) - interval '13 months'
),

-- Days of a customer's first order and of the order that made a repeat customer. Their months come from the days: there
-- are few days.
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
)

select 'revenue' as figure, month, cast(revenue as decimal(38, 6)) as value from full_months
union all
select 'active_customers' as figure, month, cast(active as decimal(38, 6)) as value from full_months
union all
select 'average_order' as figure, month, cast(average_order as decimal(38, 6)) as value from full_months
union all
select 'repeat_rate' as figure, month, value from repeat_rates
