-- Grain: one row per component of the change of revenue from the period before to the last full period; none
-- where history does not reach the whole period before. The changes add up to the change of revenue.
--
-- component       new (no row before the period), reactivation (rows earlier, none in the period before),
--                 expansion, unchanged, contraction (rows in both), churn (none in the last period)
-- component_order 1 = new
-- customers       count
-- revenue_before  money in the period before
-- revenue         money in the last full period
-- change          money: revenue - revenue_before
--
-- Parameters: $as_of.
with components (component, component_order) as (
    values
    ('new', 1),
    ('reactivation', 2),
    ('expansion', 3),
    ('unchanged', 4),
    ('contraction', 5),
    ('churn', 6)
),

span as (
    select * from periods where before_reached
),

per_customer as (
    select
        customer_day.customer_id,
        min(customer_day.day) as first_row,
        sum(case when customer_day.day between span.before_start and span.before_end then customer_day.revenue end)
            as before,
        sum(case when customer_day.day between span.period_start and span.period_end then customer_day.revenue end)
            as now
    from customer_day
    cross join span
    where customer_day.day <= $as_of and customer_day.day <= span.period_end
    group by customer_day.customer_id
),

classified as (
    select
        case
            when per_customer.before is null and per_customer.first_row >= span.period_start then 'new'
            when per_customer.before is null then 'reactivation'
            when per_customer.now is null then 'churn'
            when per_customer.now > per_customer.before then 'expansion'
            when per_customer.now < per_customer.before then 'contraction'
            else 'unchanged'
        end as component,
        coalesce(per_customer.before, 0) as before,
        coalesce(per_customer.now, 0) as now
    from per_customer
    cross join span
    where per_customer.before is not null or per_customer.now is not null
),

summed as (
    select component, count(*) as customers, sum(before) as before, sum(now) as now
    from classified
    group by component
)

select
    components.component,
    components.component_order,
    coalesce(summed.customers, 0) as customers,
    coalesce(summed.before, 0) as revenue_before,
    coalesce(summed.now, 0) as revenue,
    coalesce(summed.now - summed.before, 0) as change
from components
cross join span
left join summed on components.component = summed.component
order by components.component_order
