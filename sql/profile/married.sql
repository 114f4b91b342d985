-- Grain: one row per value of the dimension married of profile; none where it is not shown. For its picture.
--
-- value           as in profile
-- customer_share, revenue_share  likewise
--
-- Parameters: none.
select value, customer_share, revenue_share
from profile
where dimension = 'married' and revenue_share is not null
order by value_order
