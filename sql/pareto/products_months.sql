-- Grain: one row per basis of products and month, the last 13 up to the month of $as_of: revenue or profit by product of the 365
-- days up to the end of the month, up to $as_of in the last one. Months of which history does not cover these days are left out, but for the last one.
--
-- basis                                   key
-- month                                   its first day
-- members, amount                         products with a row, and their sum
-- top20, top20_amount, top20_share, gini  as in pareto.sql
-- top1_amount, top5_amount, top10_amount  sums of the best 1, 5 and 10
--
-- Parameters: $as_of.
with of_years as (
    select basis, trailing_sums(amount, day, $as_of) as amounts
    from pareto_product_days
    where day <= $as_of
    group by basis, product_id
),

each_year as (
    select
        basis,
        unnest(amounts) as amount,
        unnest(
            generate_series(
                cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months',
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month
    from of_years
),

months as (
    select basis, month, distribution(cast(amount as decimal(38, 6))) as amounts
    from each_year
    group by basis, month
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
