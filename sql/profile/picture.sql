-- Grain: one row per value of a dimension of profile; none where it is not shown. For its picture.
--
-- value           as in profile
-- customer_share, revenue_share  likewise
--
-- Parameters: $dimension.
select value, customer_share, revenue_share
from profile
where dimension = $dimension and revenue_share is not null
order by value_order
