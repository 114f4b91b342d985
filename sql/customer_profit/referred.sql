-- Grain: one row per customer whom another customer recommended.
--
-- customer_id, referred_by
--
-- Parameters: none.
select customer_id, referred_by from customers where customer_id is not null and referred_by is not null
