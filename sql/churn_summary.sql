-- Grain: one row per class and status, 24 in all, with zeros where nobody is.
--
-- class            A, B, C by revenue of the last 12 months; none: no order and no money in these
-- status           new, active, cooling, at_risk, lost, not_known
-- status_order     1 = new
-- customers        count
-- revenue_12m      money of the last 365 days
-- revenue_at_risk  money
--
-- Parameters: none.
with classes (class, class_order) as (
    values ('A', 1), ('B', 2), ('C', 3), ('none', 4)
),

statuses (status, status_order) as (
    values ('new', 1), ('active', 2), ('cooling', 3), ('at_risk', 4), ('lost', 5), ('not_known', 6)
),

counted as (
    select
        coalesce(customer_rank.class, 'none') as class,
        churn.status,
        count(*) as customers,
        sum(churn.revenue_12m) as revenue_12m,
        sum(churn.revenue_at_risk) as revenue_at_risk
    from churn
    left join customer_rank on churn.customer_id = customer_rank.customer_id
    group by coalesce(customer_rank.class, 'none'), churn.status
)

select
    classes.class,
    statuses.status,
    statuses.status_order,
    coalesce(counted.customers, 0) as customers,
    coalesce(counted.revenue_12m, 0) as revenue_12m,
    coalesce(counted.revenue_at_risk, 0) as revenue_at_risk
from classes
cross join statuses
left join counted on classes.class = counted.class and statuses.status = counted.status
order by classes.class_order, statuses.status_order
