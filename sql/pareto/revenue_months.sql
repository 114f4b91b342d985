-- Grain: one row per month, the last 13: revenue by customer, as `concentration_trend` has it.
--
-- basis                                   key
-- month                                   its first day
-- members, amount                         customers, and their sum
-- top20, top20_amount, top20_share, gini  as in pareto.sql
-- top1_amount, top5_amount, top10_amount  sums of the best 1, 5 and 10
--
-- Parameters: none.
select
    'revenue' as basis,
    month,
    customers as members,
    cast(revenue as decimal(38, 6)) as amount,
    top20_customers as top20,
    cast(top20_revenue as decimal(38, 6)) as top20_amount,
    top20_share,
    gini,
    cast(top1_revenue as decimal(38, 6)) as top1_amount,
    cast(top5_revenue as decimal(38, 6)) as top5_amount,
    cast(top10_revenue as decimal(38, 6)) as top10_amount
from concentration_trend
order by month
