-- Grain: one row per product with a row in the last 365 days or in those up to a year ago. Goods without a product stand
-- together as one product, `-`: so money adds up to all revenue.
--
-- basis             products
-- member            the product's id
-- amount            money of the last 365 days; NULL without a row in these
-- amount_year_ago   money of the 365 days up to a year ago; NULL likewise
--
-- Parameters: $as_of, $year_ago_as_of.
select
    'products' as basis,
    product_id as member,
    cast(sum(revenue) filter (where day > cast($as_of as date) - interval '365 days') as decimal(38, 6)) as amount,
    cast(
        sum(revenue) filter (
            where day <= $year_ago_as_of and day > cast($year_ago_as_of as date) - interval '365 days'
        ) as decimal(38, 6)
    ) as amount_year_ago
from pareto_product_days
where day > cast($year_ago_as_of as date) - interval '365 days'
group by product_id
order by product_id
