-- Grain: one row: customers who complained, beside like customers who did not (service_likes).
--
-- origin          the day up to which they complained, $service_again_days before $as_of
-- customers       who complained and have like ones without a complaint: ten or more in their group
-- unmatched       who complained and have not; they are left out
-- again, rate     of the customers, with an order in the days after the origin
-- others          customers of the same groups who did not complain
-- others_rate     their rate, each group weighted by its customers who complained
-- difference      rate less others_rate; low, high: its 95 % interval, 1.96 standard errors
--
-- Parameters: $as_of, $service_again_days.
with used as (
    select * from service_likes where others >= 10
),

summed as (
    select
        coalesce(sum(complained), 0) as customers,
        sum(complained_again) as again,
        coalesce(sum(others), 0) as others,
        cast(sum(cast(complained as double) * others_again / others) as double) as others_expected,
        cast(
            sum(
                cast(complained as double) * complained
                * (others_again + 1.0) / (others + 2) * (others - others_again + 1.0) / (others + 2) / others
            ) as double
        ) as others_spread
    from used
),

everybody as (
    select coalesce(sum(complained), 0) as complained from service_likes
),

rates as (
    select
        summed.*,
        everybody.complained - summed.customers as unmatched,
        cast(summed.again as double) / nullif(summed.customers, 0) as rate,
        summed.others_expected / nullif(summed.customers, 0) as others_rate,
        sqrt(
            (summed.again + 1.0) / (summed.customers + 2) * (summed.customers - summed.again + 1.0) / (summed.customers + 2)
            / nullif(summed.customers, 0)
            + summed.others_spread / nullif(summed.customers * summed.customers, 0)
        ) as error
    from summed
    cross join everybody
)

select
    cast($as_of as date) - cast($service_again_days as int) as origin,
    customers,
    unmatched,
    again,
    rate,
    others,
    others_rate,
    rate - others_rate as difference,
    rate - others_rate - 1.96 * error as low,
    rate - others_rate + 1.96 * error as high
from rates
