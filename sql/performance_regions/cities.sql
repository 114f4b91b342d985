-- Grain: one row per city of customers who all have one region, as far as they state any.
--
-- city, region  text
--
-- Parameters: none.
with stated as (
    select nullif(trim(city), '') as city, nullif(trim(region), '') as region
    from customers
)

select city, min(region) as region
from stated
where city is not null and region is not null
group by city
having min(region) = max(region)
