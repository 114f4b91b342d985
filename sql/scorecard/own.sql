-- Grain: one row per measure of the whole shop that the base has; columns as in scorecard_measures. All figures of the headline, and
-- orders, customers and the growth of revenue.
--
-- Parameters: none.
with orders as (
    select coalesce(sum(orders), 0) as now, coalesce(sum(orders_before), 0) as before from customer_period
),

people as (
    select
        count(case when first_day <= periods.period_end then 1 end) as now,
        count(case when first_day <= periods.before_end then 1 end) as before
    from customer_summary
    cross join periods
    where orders > 0
)

select
    figure as measure,
    cast(null as varchar) as subject,
    now as value,
    before,
    unit,
    'headline' as step
from headline
union all
select
    'orders' as measure,
    cast(null as varchar) as subject,
    cast(orders.now as decimal(38, 6)) as value,
    case when periods.before_reached then cast(orders.before as decimal(38, 6)) end as before,
    'count' as unit,
    'customer_period' as step
from orders
cross join periods
union all
select
    'customers' as measure,
    cast(null as varchar) as subject,
    cast(people.now as decimal(38, 6)) as value,
    case when periods.before_reached then cast(people.before as decimal(38, 6)) end as before,
    'count' as unit,
    'customer_summary' as step
from people
cross join periods
union all
select
    'revenue_growth' as measure,
    cast(null as varchar) as subject,
    cast(cast(now as double) / cast(year_ago as double) - 1 as decimal(38, 6)) as value,
    cast(null as decimal(38, 6)) as before,
    'share' as unit,
    'headline' as step
from headline
where figure = 'revenue' and year_ago > 0
