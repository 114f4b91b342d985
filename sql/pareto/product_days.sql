-- Grain: one row per product and business day: its revenue. Columns as in pareto_product_days. Goods without a product stand
-- together as one product, `-`: so money adds up to all revenue.
--
-- Parameters: $as_of.
select
    'products' as basis,
    coalesce(product_id, '-') as product_id,
    day,
    cast(sum(revenue) as decimal(38, 6)) as amount
from goods_sold
where day <= $as_of
group by coalesce(product_id, '-'), day
