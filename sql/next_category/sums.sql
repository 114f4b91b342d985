-- Grain: one row per category that is next for somebody; the most expected revenue first.
--
-- next_category     text
-- customers         for whom it is next
-- confidence        mean of their confidences
-- expected_revenue  money: their sum
--
-- Parameters: none.
select
    next_category,
    count(*) as customers,
    avg(confidence) as confidence,
    sum(expected_revenue) as expected_revenue
from next_category
group by next_category
order by expected_revenue desc, next_category
