-- Grain: one row per class.
--
-- class                           A, B, C by revenue
-- active, cooling, at_risk, lost  customers with that status
-- revenue_at_risk                 money
--
-- Parameters: none.
select
    class,
    sum(customers) filter (where status = 'active') as active,
    sum(customers) filter (where status = 'cooling') as cooling,
    sum(customers) filter (where status = 'at_risk') as at_risk,
    sum(customers) filter (where status = 'lost') as lost,
    sum(revenue_at_risk) as revenue_at_risk
from churn_summary
group by class
order by class
