-- Grain: one row per main category before and now, of customers with a purchase in both spans, among the 15 categories
-- that are most often main now.
--
-- from_category, to_category, customers  as in `category_migration`
--
-- Parameters: none.
with both_times as (
    select from_category, to_category, customers
    from category_migration
    where from_category is not null and to_category is not null
),

largest as (
    select to_category as category, sum(customers) as weight
    from both_times
    group by to_category
    order by weight desc, category
    limit 15
)

select both_times.from_category, both_times.to_category, both_times.customers
from both_times
inner join largest as one on both_times.from_category = one.category
inner join largest as next on both_times.to_category = next.category
order by one.weight desc, both_times.from_category, next.weight desc, both_times.to_category
