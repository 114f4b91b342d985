-- Grain: one row per pair of categories, of customers who were on the list one period earlier too.
--
-- category_before  the category with most of the spend then
-- category         and now
-- customers        how many
-- spend            their money of the last 12 months
--
-- Parameters: none.
select category_before, category, count(*) as customers, sum(spend) as spend
from vips
where category_before is not null and category is not null
group by category_before, category
order by customers desc, category_before, category
