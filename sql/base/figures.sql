-- Grain: one row per figure; columns as in headline.sql, but for the usual ranges.
--
-- Parameters: $lost_after_days.
-- $lost_after_days must be a whole number from 1 to 3650
with figures (figure, position, unit, up_is_good, step) as (
    values
    ('revenue', 1, 'money', true, 'customer_day'),
    ('active_customers', 2, 'count', true, 'customer_day'),
    ('repeat_rate', 3, 'share', true, 'customer_summary'),
    ('average_order', 4, 'money', true, 'customer_day'),
    ('new_customers', 7, 'count', true, 'customer_summary')
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

-- Customers with their first order in each period. In the first $lost_after_days of history nobody knows who came earlier: a period
-- that begins in these has no newcomers that could be compared.
arrivals as (
    select
        count(case when first_day between periods.period_start and periods.period_end then 1 end) as new_now,
        case
            when min(periods.before_start - periods.history_start) >= cast($lost_after_days as bigint)
                then count(case when first_day between periods.before_start and periods.before_end then 1 end)
        end as new_before,
        case
            when min(periods.year_ago_start - periods.history_start) >= cast($lost_after_days as bigint)
                then count(case when first_day between periods.year_ago_start and periods.year_ago_end then 1 end)
        end as new_year_ago
    from customer_summary
    cross join periods
    where orders > 0
),

-- Of the customers with an order in 365 days, those with at least two; NULL where history does not cover earlier 365 days. Of
-- all history the rate would rise with history itself.
repeats_now as (
    select
        cast(count(case when orders_12m >= 2 then 1 end) as double) / nullif(count(case when orders_12m >= 1 then 1 end), 0)
            as rate
    from customer_summary
),

repeats_before as (
    select
        cast(count(case when earlier.orders_12m >= 2 then 1 end) as double)
        / nullif(count(case when earlier.orders_12m >= 1 then 1 end), 0) as rate
    from previous.customer_summary as earlier
    cross join previous.periods as covered
    where covered.history_days >= 365
),

repeats_year_ago as (
    select
        cast(count(case when earlier.orders_12m >= 2 then 1 end) as double)
        / nullif(count(case when earlier.orders_12m >= 1 then 1 end), 0) as rate
    from year_ago.customer_summary as earlier
    cross join year_ago.periods as covered
    where covered.history_days >= 365
),

measured as (
    select 'revenue' as figure, revenue_now as now, revenue_before as before, revenue_year_ago as year_ago from of_periods
    union all
    select
        'active_customers' as figure,
        cast(active_now as decimal(38, 6)) as now,
        cast(active_before as decimal(38, 6)) as before,
        cast(active_year_ago as decimal(38, 6)) as year_ago
    from of_periods
    union all
    select
        'repeat_rate' as figure,
        cast(repeats_now.rate as decimal(38, 6)) as now,
        cast(repeats_before.rate as decimal(38, 6)) as before,
        cast(repeats_year_ago.rate as decimal(38, 6)) as year_ago
    from repeats_now
    cross join repeats_before
    cross join repeats_year_ago
    union all
    select
        'average_order' as figure,
        cast(revenue_now / nullif(orders_now, 0) as decimal(38, 6)) as now,
        cast(revenue_before / nullif(orders_before, 0) as decimal(38, 6)) as before,
        cast(revenue_year_ago / nullif(orders_year_ago, 0) as decimal(38, 6)) as year_ago
    from of_periods
    union all
    select
        'new_customers' as figure,
        cast(new_now as decimal(38, 6)) as now,
        cast(new_before as decimal(38, 6)) as before,
        cast(new_year_ago as decimal(38, 6)) as year_ago
    from arrivals
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
