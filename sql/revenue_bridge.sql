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
-- Parameters: none.
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

classified as (
    select
        case
            when revenue_before is null and first_row_day >= (select period_start from span) then 'new'
            when revenue_before is null then 'reactivation'
            when revenue is null then 'churn'
            when revenue > revenue_before then 'expansion'
            when revenue < revenue_before then 'contraction'
            else 'unchanged'
        end as component,
        coalesce(revenue_before, 0) as before,
        coalesce(revenue, 0) as now
    from customer_period
    where revenue_before is not null or revenue is not null
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
