-- Grain: one row per month, the last 13 up to the month of $as_of. Each row is what `concentration` would say at the end of that
-- month ($as_of in the last one), of the 365 days up to it. Months of which history does not cover these days are left out,
-- but for the last one.
--
-- month        its first day
-- customers    with an order, or with money, in these days
-- revenue      money of these days
-- top20_share  share of revenue of the best fifth of customers, rounded up
-- gini         of revenue
--
-- Shares and gini are NULL where revenue is not above zero in total.
--
-- Parameters: $as_of.

-- A customer's revenue of the 365 days before the first day after the month that many months ago; NULL without a row in these.
-- Days with neither an order nor money do not make a customer of those days, as in `concentration`.
with of_year as (
    select
        customer_id,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '11 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '11 months' - interval '365 days'
        ) as ago_12,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '10 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '10 months' - interval '365 days'
        ) as ago_11,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '9 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '9 months' - interval '365 days'
        ) as ago_10,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '8 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '8 months' - interval '365 days'
        ) as ago_9,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '7 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '7 months' - interval '365 days'
        ) as ago_8,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '6 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '6 months' - interval '365 days'
        ) as ago_7,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '5 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '5 months' - interval '365 days'
        ) as ago_6,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '4 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '4 months' - interval '365 days'
        ) as ago_5,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '3 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '3 months' - interval '365 days'
        ) as ago_4,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '2 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '2 months' - interval '365 days'
        ) as ago_3,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '1 month'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '1 month' - interval '365 days'
        ) as ago_2,
        sum(revenue) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '0 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '0 months' - interval '365 days'
        ) as ago_1,
        sum(revenue) filter (where day > cast($as_of as date) - interval '365 days') as ago_0
    from customer_day
    where day <= $as_of and (orders > 0 or revenue <> 0)
    group by customer_id
),

-- The revenues of all customers in order, month by month: no customer need be ranked.
distributions as (
    select
        distribution(ago_12) as ago_12,
        distribution(ago_11) as ago_11,
        distribution(ago_10) as ago_10,
        distribution(ago_9) as ago_9,
        distribution(ago_8) as ago_8,
        distribution(ago_7) as ago_7,
        distribution(ago_6) as ago_6,
        distribution(ago_5) as ago_5,
        distribution(ago_4) as ago_4,
        distribution(ago_3) as ago_3,
        distribution(ago_2) as ago_2,
        distribution(ago_1) as ago_1,
        distribution(ago_0) as ago_0
    from of_year
),

months as (
    select
        unnest(
            generate_series(
                cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months',
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month,
        unnest(
            [ago_12, ago_11, ago_10, ago_9, ago_8, ago_7, ago_6, ago_5, ago_4, ago_3, ago_2, ago_1, ago_0]
        ) as revenues
    from distributions
)

select
    months.month,
    months.revenues['count'] as customers,
    months.revenues['total'] as revenue,
    top_share(months.revenues, 0.2) as top20_share,
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
