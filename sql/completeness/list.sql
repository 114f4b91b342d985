-- Grain: one row per customer of class A with a field missing, or without an account manager; the most revenue first. The work
-- list of account managers: it is sorted by what is at stake, and has the manager for a filter.
--
-- account_manager, customer_id, revenue_12m  as in completeness_people
-- missing_fields  how many fields are missing
-- missing         their keys, with commas; empty where none is
--
-- Parameters: none.
select
    account_manager,
    customer_id,
    revenue_12m,
    fields - stated as missing_fields,
    missing
from completeness_customers
where class = 'A' and (stated < fields or account_manager = '-')
order by revenue_12m desc, customer_id
