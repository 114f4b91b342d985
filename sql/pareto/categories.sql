-- Grain: one row per category with a row in the last 365 days, the most revenue first: how concentrated it is among its own
-- customers. Formulas are those of concentration.sql.
--
-- category       text; `-` where the source names none
-- customers      with a row of the category in these days
-- revenue        money of these
-- top20, top20_revenue, top20_share  the best fifth of these customers, their money, and its share
-- for80_share    share of customers who bring 80 %
-- gini, hhi      as in concentration.sql
-- top1_share     share of the largest customer
-- customers_year_ago, revenue_year_ago, top20_share_year_ago  the same a year ago; NULL where history does not cover the
--                365 days of then
-- share_change   top20_share less that of a year ago, as both are printed: to a tenth of a point
--
-- Parameters: none.
with covered as (
    select count(*) > 0 as reached from year_ago.periods where history_days >= 365
),

spans as (
    select
        pareto_category_distributions.category,
        pareto_category_distributions.now,
        pareto_category_distributions.year_ago as earlier,
        covered.reached
    from pareto_category_distributions
    cross join covered
)

select
    category,
    now['count'] as customers,
    now['total'] as revenue,
    (now['count'] + 4) / 5 as top20,
    top_sum(now, (now['count'] + 4) / 5) as top20_revenue,
    top_share(now, 0.2) as top20_share,
    cast(top_count(now, 0.8) as double) / cast(now['count'] as double) as for80_share,
    gini(now) as gini,
    hhi(now) as hhi,
    case when now['total'] > 0 then cast(top_sum(now, 1) as double) / cast(now['total'] as double) end as top1_share,
    case when reached then earlier['count'] end as customers_year_ago,
    case when reached then earlier['total'] end as revenue_year_ago,
    case when reached then top_share(earlier, 0.2) end as top20_share_year_ago,
    case
        when reached
            then cast(round(1000 * top_share(now, 0.2)) - round(1000 * top_share(earlier, 0.2)) as double) / 1000
    end as share_change
from spans
order by revenue desc, category
