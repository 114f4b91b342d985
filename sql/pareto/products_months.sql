-- Grain: one row per basis of products and month, the last 13 up to the month of $as_of: revenue or profit by product of the 365 days
-- up to the end of the month, up to $as_of in the last one. Months of which history does not cover these days are left out, but for the last one.
--
-- basis                                   key
-- month                                   its first day
-- members, amount                         products with a row, and their sum
-- top20, top20_amount, top20_share, gini  as in pareto.sql
-- top1_amount, top5_amount, top10_amount  sums of the best 1, 5 and 10
--
-- Parameters: $as_of.
with of_year as (
    select
        basis,
        product_id,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '11 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '11 months' - interval '365 days'
        ) as ago_12,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '10 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '10 months' - interval '365 days'
        ) as ago_11,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '9 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '9 months' - interval '365 days'
        ) as ago_10,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '8 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '8 months' - interval '365 days'
        ) as ago_9,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '7 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '7 months' - interval '365 days'
        ) as ago_8,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '6 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '6 months' - interval '365 days'
        ) as ago_7,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '5 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '5 months' - interval '365 days'
        ) as ago_6,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '4 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '4 months' - interval '365 days'
        ) as ago_5,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '3 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '3 months' - interval '365 days'
        ) as ago_4,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '2 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '2 months' - interval '365 days'
        ) as ago_3,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '1 month'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '1 month' - interval '365 days'
        ) as ago_2,
        sum(amount) filter (
            where day < cast(date_trunc('month', $as_of) as date) - interval '0 months'
            and day >= cast(date_trunc('month', $as_of) as date) - interval '0 months' - interval '365 days'
        ) as ago_1,
        sum(amount) filter (where day > cast($as_of as date) - interval '365 days') as ago_0
    from pareto_product_days
    where day <= $as_of
    group by basis, product_id
),

distributions as (
    select
        basis,
        distribution(cast(ago_12 as decimal(38, 6))) as ago_12,
        distribution(cast(ago_11 as decimal(38, 6))) as ago_11,
        distribution(cast(ago_10 as decimal(38, 6))) as ago_10,
        distribution(cast(ago_9 as decimal(38, 6))) as ago_9,
        distribution(cast(ago_8 as decimal(38, 6))) as ago_8,
        distribution(cast(ago_7 as decimal(38, 6))) as ago_7,
        distribution(cast(ago_6 as decimal(38, 6))) as ago_6,
        distribution(cast(ago_5 as decimal(38, 6))) as ago_5,
        distribution(cast(ago_4 as decimal(38, 6))) as ago_4,
        distribution(cast(ago_3 as decimal(38, 6))) as ago_3,
        distribution(cast(ago_2 as decimal(38, 6))) as ago_2,
        distribution(cast(ago_1 as decimal(38, 6))) as ago_1,
        distribution(cast(ago_0 as decimal(38, 6))) as ago_0
    from of_year
    group by basis
),

months as (
    select
        basis,
        unnest(
            generate_series(
                cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months',
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month,
        unnest(
            [ago_12, ago_11, ago_10, ago_9, ago_8, ago_7, ago_6, ago_5, ago_4, ago_3, ago_2, ago_1, ago_0]
        ) as amounts
    from distributions
)

select
    months.basis,
    months.month,
    months.amounts['count'] as members,
    months.amounts['total'] as amount,
    (months.amounts['count'] + 4) / 5 as top20,
    top_sum(months.amounts, (months.amounts['count'] + 4) / 5) as top20_amount,
    top_share(months.amounts, 0.2) as top20_share,
    gini(months.amounts) as gini,
    top_sum(months.amounts, 1) as top1_amount,
    top_sum(months.amounts, 5) as top5_amount,
    top_sum(months.amounts, 10) as top10_amount
from months
cross join periods
where
    months.amounts is not null
    and (
        months.month >= cast(date_trunc('month', cast($as_of as date)) as date)
        or months.month + interval '1 month' - interval '365 days' >= periods.history_start
    )
order by months.basis desc, months.month
