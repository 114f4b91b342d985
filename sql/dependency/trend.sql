-- Grain: one row per month, the last 13, as in pareto_trend; none where revenue was not above zero.
--
-- month       its first day; the row is of the 365 days up to its end, up to $as_of in the last one
-- revenue     money of all customers in these days
-- top1_share, top5_share, top10_share  share of the largest 1, 5 and 10 of then
--
-- Parameters: none.
select
    month,
    amount as revenue,
    cast(top1_amount as double) / cast(amount as double) as top1_share,
    cast(top5_amount as double) / cast(amount as double) as top5_share,
    cast(top10_amount as double) / cast(amount as double) as top10_share
from pareto_months
where basis = 'revenue' and amount > 0
order by month
