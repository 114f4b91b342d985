-- Grain: two rows: the yearly retention as it is, and five points higher; none below two years of history, where nobody
-- bought in the first of the last two years, or where nobody left and d is 0: the sum of the years to come has no end then. What a customer is worth at a constant yearly margin m, retention r
-- and discount rate d: m r / (1 + d - r), the margin of the years to come (Gupta and Lehmann 2003, "Customers as
-- Assets", Journal of Interactive Marketing 17, 9-24).
--
-- scenario     now, higher
-- retention    share of those with an order in the year before last who had one in the last year; five points more, below 1
-- multiple     r / (1 + d - r)
-- customers    with an order in the last year
-- margin       money per customer: margin of the last year, by the known costs of its goods; $margin where no cost is known
-- value        money per customer: margin x multiple
-- total        money: value x customers
-- gain         money: total less that of now
-- years        1 / (1 - r): how long a customer stays on average at this retention, the last year included; NULL where all stay
-- duration_value  money per customer: margin x years, not discounted: what textbooks call value = profitability x duration
--
-- Parameters: $as_of, $discount_rate, $margin.
-- $discount_rate must be a number from 0 to 1
-- $margin must be a number above 0 to 1
with years as (
    select
        customer_id,
        bool_or(orders > 0 and day > cast($as_of as date) - interval '365 days') as last_year,
        bool_or(
            orders > 0
            and day <= cast($as_of as date) - interval '365 days'
            and day > cast($as_of as date) - interval '730 days'
        ) as year_before
    from customer_day
    where day <= $as_of
    group by customer_id
),

counted as (
    select
        cast(count(*) filter (where last_year and year_before) as double)
        / nullif(count(*) filter (where year_before), 0) as retention,
        count(*) filter (where last_year) as customers
    from years
),

-- As in the profit on goods elsewhere on the page; what has no known cost is taken to leave as much.
sums as (
    select
        sum(revenue) as revenue,
        coalesce(sum(costed_revenue), sum(revenue) - sum(revenue)) as costed_revenue,
        coalesce(sum(cost), sum(revenue) - sum(revenue)) as cost
    from customer_day
    where day <= $as_of and day > cast($as_of as date) - interval '365 days'
),

margins as (
    select
        cast(costed_revenue - cost as decimal(38, 6)) + cast(
            cast(revenue - costed_revenue as decimal(38, 6))
            * cast(
                case
                    when costed_revenue > 0 then 1 - cast(cost as double) / cast(costed_revenue as double)
                    else cast($margin as double)
                end as decimal(18, 9)
            ) as decimal(38, 6)
        ) as margin
    from sums
),

history as (
    select min(day) as first_day from customer_day where day <= $as_of
),

scenarios as (
    select
        scenario,
        case when scenario = 'now' then retention else least(retention + 0.05, (1 + retention) / 2) end as retention,
        counted.customers,
        cast(margins.margin / nullif(counted.customers, 0) as decimal(38, 6)) as margin
    from counted
    cross join margins
    cross join (values ('now'), ('higher')) as s(scenario)
    where
        counted.retention is not null
        and counted.retention < 1 + cast($discount_rate as double)
        and (select first_day from history) <= cast($as_of as date) - interval '729 days'
),

valued as (
    select
        scenario,
        retention,
        retention / (1 + cast($discount_rate as double) - retention) as multiple,
        customers,
        margin,
        cast(
            cast(margin as double) * retention / (1 + cast($discount_rate as double) - retention) as decimal(38, 6)
        ) as value
    from scenarios
)

select
    scenario,
    retention,
    multiple,
    customers,
    margin,
    value,
    value * customers as total,
    value * customers - min(value * customers) filter (where scenario = 'now') over () as gain,
    1 / nullif(1 - retention, 0) as years,
    cast(cast(margin as double) / nullif(1 - retention, 0) as decimal(38, 6)) as duration_value
from valued
order by retention
