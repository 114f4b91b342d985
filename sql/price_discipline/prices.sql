-- Grain: one row per product with a list price above zero.
--
-- product_id     text
-- price          the list price, of today
-- special_price  whether the goods are at a special price; false where that is not stated
--
-- Parameters: none.
select product_id, max(price) as price, coalesce(bool_or(special_price), false) as special_price
from products
where product_id is not null and price > 0
group by product_id
