-- Grain: one row per customer with an answer that counts; columns as in potential_stated.
--
-- Parameters: none.
select customer_id, cast(elsewhere as decimal(38, 6)) as elsewhere from wallet_customers
