-- Grain: one row per category that is next for somebody and category owned that says so; the most expected revenue first. All
-- customers of a row expect the same.
--
-- next_category     text
-- because           the category owned
-- customers         for whom the one is next because of the other
-- confidence, revenue_each, expected_each  as in next_category: of each of them
-- expected_revenue  money: the sum
--
-- Parameters: none.
select
    next_category,
    because,
    count(*) as customers,
    confidence,
    revenue_each,
    expected_revenue as expected_each,
    sum(expected_revenue) as expected_revenue
from next_category
group by next_category, because, confidence, revenue_each, expected_revenue
order by sum(expected_revenue) desc, next_category, because
