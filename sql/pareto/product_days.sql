-- Grain: one row per product and business day.
--
-- product_id   text; `-` where the source names none
-- day          date
-- revenue      money
--
-- Parameters: $as_of.
select coalesce(product_id, '-') as product_id, day, sum(revenue) as revenue
from goods_sold
where day <= $as_of
group by coalesce(product_id, '-'), day
