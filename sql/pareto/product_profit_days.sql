-- Grain: one row per product and business day with a known cost: profit on goods, revenue with a known cost less that cost. Columns
-- as in pareto_product_days. Goods without a product stand together as one product, `-`.
--
-- Parameters: $as_of.
select
    'product_profit' as basis,
    coalesce(product_id, '-') as product_id,
    day,
    cast(sum(costed_revenue - cost) as decimal(38, 6)) as amount
from performance_goods
where day <= $as_of and costed_revenue is not null
group by coalesce(product_id, '-'), day
