-- Grain: one row per row of the source `customers` with a birthday; columns as in points_birthdates.
--
-- customer_id  text
-- birthday     day
--
-- Parameters: none.
select cast(customer_id as varchar) as customer_id, cast(birthday as date) as birthday
from customers
where customer_id is not null and birthday is not null
order by customer_id, birthday
