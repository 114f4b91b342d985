-- Grain: one row per value of the dimension city of profile; none where it is not shown. For its picture.
--
-- value           as in profile
-- customer_share, revenue_share  likewise
--
-- Parameters: none.
select value, customer_share, revenue_share
from profile
where dimension = 'city' and revenue_share is not null
order by value_order
