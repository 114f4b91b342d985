-- Grain: one row per category and customer with a row of it in the last two years: revenue of 365 days each.
--
-- category      text; `-` where the source names none
-- customer_id   text
-- now           up to $as_of
-- ago_3, ago_6, ago_9, ago_12  up to the end of the month 3, 6, 9 and 12 months before that of $as_of
-- year_ago      up to a year ago
-- Each is money; NULL without a row in these days.
--
-- Parameters: $as_of, $year_ago_as_of.
with spans as (
    select
        coalesce(category, '-') as category,
        customer_id,
        trailing_sums(revenue, day, $as_of) as years,
        sum(revenue) filter (
            where day <= $year_ago_as_of and day > cast($year_ago_as_of as date) - interval '365 days'
        ) as year_ago
    from goods_sold
    where day <= $as_of and day > cast($year_ago_as_of as date) - interval '396 days'
    group by coalesce(category, '-'), customer_id
)

select
    category,
    customer_id,
    years[13] as now,
    years[10] as ago_3,
    years[7] as ago_6,
    years[4] as ago_9,
    years[1] as ago_12,
    year_ago
from spans
