-- Grain: one row per customer and day with a call or a visit.
--
-- Parameters: $as_of.
select distinct cast(customer_id as varchar) as customer_id, cast(occurred_at as date) as day
from interactions
where kind in ('call', 'visit') and cast(occurred_at as date) <= cast($as_of as date) and customer_id is not null
