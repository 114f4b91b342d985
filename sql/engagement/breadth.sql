-- Grain: one row per customer with an order in the last 365 days.
--
-- customer_id  text
-- measure      breadth: categories bought in these days
-- score        1 to 5, the best, as in scores.sql
--
-- Parameters: $as_of.
with broad as (
    select customer_id, count(distinct category) as categories
    from goods_sold
    where day <= $as_of and day > cast($as_of as date) - interval '365 days' and sales > 0
    group by customer_id
),

buyers as (
    select customer_summary.customer_id, coalesce(broad.categories, 0) as categories
    from customer_summary
    left join broad on customer_summary.customer_id = broad.customer_id
    where customer_summary.orders_12m > 0
),

cuts as (
    select quantile_cuts(distribution(categories), 5) as categories from buyers
)

select buyers.customer_id, 'breadth' as measure, score(buyers.categories, cuts.categories) as score
from buyers
cross join cuts
