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
with months as (
    select cast(date_trunc('month', cast($as_of as date)) as date) as month
)

select
    coalesce(goods_sold.category, '-') as category,
    goods_sold.customer_id,
    sum(goods_sold.revenue) filter (where goods_sold.day > cast($as_of as date) - interval '365 days') as now,
    sum(goods_sold.revenue) filter (
        where goods_sold.day < months.month - interval '2 months'
        and goods_sold.day >= months.month - interval '2 months' - interval '365 days'
    ) as ago_3,
    sum(goods_sold.revenue) filter (
        where goods_sold.day < months.month - interval '5 months'
        and goods_sold.day >= months.month - interval '5 months' - interval '365 days'
    ) as ago_6,
    sum(goods_sold.revenue) filter (
        where goods_sold.day < months.month - interval '8 months'
        and goods_sold.day >= months.month - interval '8 months' - interval '365 days'
    ) as ago_9,
    sum(goods_sold.revenue) filter (
        where goods_sold.day < months.month - interval '11 months'
        and goods_sold.day >= months.month - interval '11 months' - interval '365 days'
    ) as ago_12,
    sum(goods_sold.revenue) filter (
        where goods_sold.day <= $year_ago_as_of
        and goods_sold.day > cast($year_ago_as_of as date) - interval '365 days'
    ) as year_ago
from goods_sold
cross join months
where goods_sold.day <= $as_of and goods_sold.day > cast($year_ago_as_of as date) - interval '396 days'
group by coalesce(goods_sold.category, '-'), goods_sold.customer_id
