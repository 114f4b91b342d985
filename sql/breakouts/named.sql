-- Grain: one row per row of the source `products` with a name; columns as in goods_names.
--
-- product_id  text
-- name        text
--
-- Parameters: none.
select cast(product_id as varchar) as product_id, max(cast(name as varchar)) as name
from products
where product_id is not null and name is not null
group by product_id
order by product_id
