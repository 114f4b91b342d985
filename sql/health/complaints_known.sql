-- Grain: one row if the source has an interaction up to $as_of; else none. Then complaints are known of everybody.
--
-- Parameters: $as_of.
select cast('complaints' as varchar) as driver
from interactions
where cast(occurred_at as date) <= cast($as_of as date)
having count(*) > 0
