-- Grain: one row per category with a row in the last 365 days: the revenues of its customers, in order.
--
-- category                                   text
-- now, ago_3, ago_6, ago_9, ago_12, year_ago  distributions of the columns of pareto_category_spans
--
-- Parameters: none.
select
    category,
    distribution(cast(now as decimal(38, 6))) as now,
    distribution(cast(ago_3 as decimal(38, 6))) as ago_3,
    distribution(cast(ago_6 as decimal(38, 6))) as ago_6,
    distribution(cast(ago_9 as decimal(38, 6))) as ago_9,
    distribution(cast(ago_12 as decimal(38, 6))) as ago_12,
    distribution(cast(year_ago as decimal(38, 6))) as year_ago
from pareto_category_spans
group by category
having count(now) > 0
