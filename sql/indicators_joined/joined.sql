-- Grain: one row per customer whose day of joining is known.
--
-- customer_id  text
-- joined_on    date
--
-- Parameters: none.
select customer_id, min(joined_on) as joined_on
from customers
where joined_on is not null
group by customer_id
order by customer_id
