-- Grain: one row per class and status, twelve in all, with zeros where nobody is.
--
-- class            A, B, C by revenue
-- status           active, cooling, at_risk, lost
-- status_order     1 = active
-- customers        count
-- revenue_12m      money of the last 365 days
-- revenue_at_risk  money
--
-- Parameters: none.
with classes (class) as (
    values ('A'), ('B'), ('C')
),

statuses (status, status_order) as (
    values ('active', 1), ('cooling', 2), ('at_risk', 3), ('lost', 4)
),

counted as (
    select
        customer_rank.class,
        churn.status,
        count(*) as customers,
        sum(churn.revenue_12m) as revenue_12m,
        sum(churn.revenue_at_risk) as revenue_at_risk
    from churn
    inner join customer_rank on churn.customer_id = customer_rank.customer_id
    group by customer_rank.class, churn.status
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
order by classes.class, statuses.status_order
