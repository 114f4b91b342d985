-- Grain: one row per basis of products, and product with a row in the last 365 days or in those up to a year ago.
--
-- basis             products, product_profit
-- member            the product's id
-- amount            money of the last 365 days: revenue or profit, as the basis says; NULL without a row in these
-- amount_year_ago   money of the 365 days up to a year ago; NULL likewise
--
-- Parameters: $as_of, $year_ago_as_of.
select
    basis,
    product_id as member,
    cast(sum(amount) filter (where day > cast($as_of as date) - interval '365 days') as decimal(38, 6)) as amount,
    cast(
        sum(amount) filter (
            where day <= $year_ago_as_of and day > cast($year_ago_as_of as date) - interval '365 days'
        ) as decimal(38, 6)
    ) as amount_year_ago
from pareto_product_days
where day > cast($year_ago_as_of as date) - interval '365 days'
group by basis, product_id
order by basis desc, product_id
