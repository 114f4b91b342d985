-- Grain: one row per class with a customer.
--
-- class                           A, B, C by revenue of the last 12 months; none: neither order nor money in these
-- new, active, cooling, at_risk, lost, not_known  customers with that status
-- revenue_at_risk                 money
--
-- Parameters: none.
select
    class,
    sum(customers) filter (where status = 'new') as new,
    sum(customers) filter (where status = 'active') as active,
    sum(customers) filter (where status = 'cooling') as cooling,
    sum(customers) filter (where status = 'at_risk') as at_risk,
    sum(customers) filter (where status = 'lost') as lost,
    sum(customers) filter (where status = 'not_known') as not_known,
    sum(revenue_at_risk) as revenue_at_risk
from churn_summary
group by class
having sum(customers) > 0
order by case class when 'A' then 1 when 'B' then 2 when 'C' then 3 else 4 end
