-- Grain: one row per class and risk with a customer of receivables_customers.
--
-- class, risk, action  as there; class_order, risk_order  their order
-- customers            how many
-- open, overdue        money
-- share                of all open money of these customers; NULL where nothing is open
-- with_grade           how many of them have a credit grade
--
-- Parameters: none.
select
    class,
    risk,
    case class when 'A' then 1 when 'B' then 2 when 'C' then 3 else 4 end as class_order,
    case risk when 'low' then 1 when 'medium' then 2 when 'high' then 3 else 4 end as risk_order,
    count(*) as customers,
    cast(sum(open) as decimal(38, 4)) as open,
    cast(sum(overdue) as decimal(38, 4)) as overdue,
    cast(sum(open) as double) / nullif(sum(cast(sum(open) as double)) over (), 0) as share,
    count(grade) as with_grade,
    max(action) as action
from receivables_customers
group by class, risk
order by class_order, risk_order
