-- Grain: one row per customer of the source `customers` with a credit grade.
--
-- customer_id  text
-- grade        text, in capitals
--
-- Parameters: none.
select cast(customer_id as varchar) as customer_id, max(upper(trim(cast(credit_grade as varchar)))) as grade
from customers
where trim(cast(credit_grade as varchar)) <> ''
group by customer_id
order by customer_id
