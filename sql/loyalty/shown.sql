-- Grain: one row per type of loyal customers, for the picture: loyalty_types without few.
--
-- type, customer_share, revenue_share  as there
--
-- Parameters: none.
select type, customer_share, revenue_share
from loyalty_types
where type <> 'few' and customer_share is not null
order by case type when 'price' then 1 when 'incentive' then 2 when 'habit' then 3 else 4 end
