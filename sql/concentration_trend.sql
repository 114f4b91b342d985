-- Grain: one row per month, the last 13 up to the month of $as_of. Each row is what `concentration` would say at the end of that
-- month ($as_of in the last one), of the 365 days up to it. Months of which history does not cover these days are left out,
-- but for the last one.
--
-- month            its first day
-- customers        with an order, or with money, in these days
-- revenue          money of these days
-- top20_customers  the best fifth of them, rounded up
-- top20_revenue    their revenue
-- top20_share      share of revenue of the best fifth of customers, rounded up
-- top1_revenue     revenue of the largest customer
-- top5_revenue     revenue of the five largest
-- top10_revenue    revenue of the ten largest
-- gini             of revenue
--
-- Shares and gini are NULL where revenue is not above zero in total.
--
-- Parameters: $as_of.

-- Days with neither an order nor money do not make a customer of those days, as in `concentration`.
with of_years as (
    select trailing_sums(revenue, day, $as_of) as revenues
    from customer_day
    where day <= $as_of and (orders > 0 or revenue <> 0)
    group by customer_id
),

each_year as (
    select
        unnest(revenues) as revenue,
        unnest(
            generate_series(
                cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months',
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month
    from of_years
),

-- The revenues of all customers in order, month by month: no customer need be ranked.
months as (
    select month, distribution(revenue) as revenues
    from each_year
    group by month
)

select
    months.month,
    months.revenues['count'] as customers,
    months.revenues['total'] as revenue,
    (months.revenues['count'] + 4) / 5 as top20_customers,
    top_sum(months.revenues, (months.revenues['count'] + 4) / 5) as top20_revenue,
    top_share(months.revenues, 0.2) as top20_share,
    top_sum(months.revenues, 1) as top1_revenue,
    top_sum(months.revenues, 5) as top5_revenue,
    top_sum(months.revenues, 10) as top10_revenue,
    gini(months.revenues) as gini
from months
cross join periods
where
    months.revenues is not null
    and (
        months.month >= cast(date_trunc('month', cast($as_of as date)) as date)
        or months.month + interval '1 month' - interval '365 days' >= periods.history_start
    )
order by months.month
