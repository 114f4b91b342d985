-- Grain: one row per category and every third month, the last five up to the month of $as_of; none for a category whose
-- revenue was not above zero then. Months of which history does not cover 365 days are left out.
--
-- category     text
-- month        its first day; the row is of the 365 days up to its end, up to $as_of in the last one
-- customers    with a row of the category in these days
-- revenue      money
-- top20_share  share of the best fifth of these customers
--
-- Parameters: $as_of.
with points as (
    select
        category,
        unnest([12, 9, 6, 3, 0]) as months_ago,
        unnest([ago_12, ago_9, ago_6, ago_3, now]) as amounts
    from pareto_category_distributions
),

dated as (
    select
        points.category,
        points.amounts,
        points.months_ago,
        cast(
            case points.months_ago
                when 12 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months'
                when 9 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '9 months'
                when 6 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '6 months'
                when 3 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '3 months'
                else cast(date_trunc('month', cast($as_of as date)) as date)
            end as date
        ) as month
    from points
),

measured as (
    select
        dated.category,
        dated.month,
        dated.amounts['count'] as customers,
        dated.amounts['total'] as revenue,
        top_share(dated.amounts, 0.2) as top20_share,
        pareto_categories.revenue as weight
    from dated
    inner join pareto_categories on dated.category = pareto_categories.category
    cross join periods
    where
        dated.amounts is not null
        and (dated.months_ago = 0 or dated.month + interval '1 month' - interval '365 days' >= periods.history_start)
)

select category, month, customers, revenue, top20_share
from measured
where top20_share is not null
order by weight desc, category, month
