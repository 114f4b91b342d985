-- Grain: one row per main category before and now that a customer connects; the most customers first.
--
-- from_category, to_category  NULL: no purchase in those days
-- customers                   count
-- of_customers                all with that category before (or none)
-- share                       the quotient
-- revenue_before, revenue     money in the main category, then and now
--
-- Parameters: none.
with pairs as (
    select
        category_before as from_category,
        category_now as to_category,
        count(*) as customers,
        coalesce(sum(revenue_before), 0) as revenue_before,
        coalesce(sum(revenue_now), 0) as revenue
    from category_migration_main
    group by category_before, category_now
)

select
    from_category,
    to_category,
    customers,
    sum(customers) over (partition by from_category) as of_customers,
    cast(customers as double) / sum(customers) over (partition by from_category) as share,
    revenue_before,
    revenue
from pairs
order by customers desc, from_category nulls last, to_category nulls last
