-- Grain: one row per figure; columns as in headline.sql, but for `noise`, which is the same for all.
--
-- Parameters: none.
with figures (figure, position, unit, up_is_good, step) as (
    values
    ('revenue', 1, 'money', true, 'customer_day'),
    ('active_customers', 2, 'count', true, 'customer_day'),
    ('repeat_rate', 3, 'share', true, 'customer_day'),
    ('average_order', 4, 'money', true, 'customer_day')
),

of_periods as (
    select
        cast(coalesce(sum(revenue), 0) as decimal(38, 6)) as revenue_now,
        cast(coalesce(sum(revenue_before), 0) as decimal(38, 6)) as revenue_before,
        cast(coalesce(sum(revenue_year_ago), 0) as decimal(38, 6)) as revenue_year_ago,
        coalesce(sum(orders), 0) as orders_now,
        coalesce(sum(orders_before), 0) as orders_before,
        coalesce(sum(orders_year_ago), 0) as orders_year_ago,
        count(case when orders > 0 then 1 end) as active_now,
        count(case when orders_before > 0 then 1 end) as active_before,
        count(case when orders_year_ago > 0 then 1 end) as active_year_ago
    from customer_period
),

-- Customers with a first and with a second order up to the end of each period.
arrivals as (
    select
        count(case when first_day <= periods.period_end then 1 end) as first_now,
        count(case when first_day <= periods.before_end then 1 end) as first_before,
        count(case when first_day <= periods.year_ago_end then 1 end) as first_year_ago,
        count(case when second_day <= periods.period_end then 1 end) as repeat_now,
        count(case when second_day <= periods.before_end then 1 end) as repeat_before,
        count(case when second_day <= periods.year_ago_end then 1 end) as repeat_year_ago
    from customer_summary
    cross join periods
    where orders > 0
),

sums as (
    select * from of_periods cross join arrivals
),

measured as (
    select 'revenue' as figure, revenue_now as now, revenue_before as before, revenue_year_ago as year_ago from sums
    union all
    select
        'active_customers' as figure,
        cast(active_now as decimal(38, 6)) as now,
        cast(active_before as decimal(38, 6)) as before,
        cast(active_year_ago as decimal(38, 6)) as year_ago
    from sums
    union all
    select
        'repeat_rate' as figure,
        cast(cast(repeat_now as double) / nullif(first_now, 0) as decimal(38, 6)) as now,
        cast(cast(repeat_before as double) / nullif(first_before, 0) as decimal(38, 6)) as before,
        cast(cast(repeat_year_ago as double) / nullif(first_year_ago, 0) as decimal(38, 6)) as year_ago
    from sums
    union all
    select
        'average_order' as figure,
        cast(revenue_now / nullif(orders_now, 0) as decimal(38, 6)) as now,
        cast(revenue_before / nullif(orders_before, 0) as decimal(38, 6)) as before,
        cast(revenue_year_ago / nullif(orders_year_ago, 0) as decimal(38, 6)) as year_ago
    from sums
)

select
    figures.figure,
    cast(figures.position as bigint) as position,
    figures.unit,
    figures.up_is_good,
    figures.step,
    measured.now,
    measured.before,
    measured.year_ago
from figures
inner join measured on figures.figure = measured.figure
