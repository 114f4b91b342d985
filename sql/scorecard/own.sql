-- Grain: one row per measure of the whole shop that the base has; columns as in scorecard_measures. All figures of the headline, and
-- orders, customers, the growth of revenue, and gross_margin: of the period's revenue with a known cost.
--
-- Parameters: $period_start, $period_end, $before_start, $before_end.
with orders as (
    select coalesce(sum(orders), 0) as now, coalesce(sum(orders_before), 0) as before from customer_period
),

costed as (
    select
        sum(case when day between $period_start and $period_end then costed_revenue end) as now,
        sum(case when day between $period_start and $period_end then cost end) as cost,
        sum(case when day between $before_start and $before_end then costed_revenue end) as before,
        sum(case when day between $before_start and $before_end then cost end) as cost_before
    from customer_day
    where day between $before_start and $period_end and costed_revenue is not null
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
union all
select
    'gross_margin' as measure,
    cast(null as varchar) as subject,
    case when now > 0 then cast(1 - cast(cost as double) / cast(now as double) as decimal(38, 6)) end as value,
    case when before > 0 then cast(1 - cast(cost_before as double) / cast(before as double) as decimal(38, 6)) end as before,
    'share' as unit,
    'customer_day' as step
from costed
where now > 0 or before > 0
