-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $concentration_points, $dependence_one, $dependence_ten.
-- $concentration_points must be a number from 0 to 1
-- $dependence_one must be a number from 0 to 1
-- $dependence_ten must be a number from 0 to 1
-- The best fifth holds more, or less, of the revenue of 365 days than a year ago, by more than its last customer can have: a fifth
-- is rounded up to whole customers.
with concentration_changed as (
    select
        case when headline.now > headline.year_ago then 'concentration_rose' else 'concentration_fell' end as rule,
        cast(
            cast(abs(headline.now - headline.year_ago) as decimal(38, 6)) * cast(concentration.revenue as decimal(38, 6))
            as decimal(38, 6)
        ) as money,
        headline.now as value,
        headline.year_ago as before,
        headline.now - headline.year_ago as change,
        concentration.top20_customers as customers,
        concentration.customers as of_customers,
        cast(null as varchar) as name,
        'concentration' as step
    from headline
    cross join concentration
    where
        headline.figure = 'top20_share'
        and abs(headline.now - headline.year_ago) >= cast($concentration_points as double)
        and abs(headline.now - headline.year_ago) > headline.now / concentration.top20_customers
),

-- One customer holds a large share of the revenue.
dependence_one as (
    select
        'dependence_one' as rule,
        cast(customer_rank.revenue_12m as decimal(38, 6)) as money,
        cast(concentration.top1_share as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        1 as customers,
        concentration.customers as of_customers,
        cast(customer_rank.customer_id as varchar) as name,
        'customer_rank' as step
    from concentration
    inner join customer_rank on customer_rank.value_rank = 1
    where concentration.top1_share >= cast($dependence_one as double)
),

-- Ten customers hold most of it. With ten customers or fewer that says nothing.
dependence_ten as (
    select
        'dependence_ten' as rule,
        cast(
            cast(concentration.top10_share as decimal(38, 9)) * cast(concentration.revenue as decimal(38, 6))
            as decimal(38, 6)
        ) as money,
        cast(concentration.top10_share as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        10 as customers,
        concentration.customers as of_customers,
        cast(null as varchar) as name,
        'concentration' as step
    from concentration
    where concentration.top10_share >= cast($dependence_ten as double) and concentration.customers > 10
)

select *, false as of_data from concentration_changed
union all
select *, false as of_data from dependence_one
union all
select *, false as of_data from dependence_ten
