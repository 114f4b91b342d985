-- Grain: one row per customer with a channel.
--
-- customer_id, channel
--
-- Parameters: none.
select customer_id, channel from customers where customer_id is not null and channel is not null
