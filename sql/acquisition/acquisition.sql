-- Grain: one row per channel and month in which customers were won, for the months of the last 24 that count
-- (acquisition_since): what newcomers cost, what they have brought since, and what is still predicted of them.
--
-- channel, cohort   channel through which they came (customers.channel), and month in which they were won
-- customers         newcomers
-- cost              money spent on winning customers through this channel in this month (acquisition_costs)
-- cost_a_customer   cost / customers; NULL where nobody came
-- age               months since the cohort's that are over at $as_of
-- margin_to_date    money a customer: margin of all purchases so far
-- value_ahead       money a customer: predicted value still to come
-- lifetime_value    money a customer: both
-- value_to_cost     lifetime_value / cost_a_customer
-- payback_month     age: at its end the cohort's margin first covered the cost; NULL where it has not yet
--
-- Parameters: $as_of.
with costs as (
    select
        cast(date_trunc('month', cast(month as date)) as date) as cohort,
        coalesce(cast(channel as varchar), 'unknown') as channel,
        sum(cast(cost as decimal(38, 6))) as cost
    from acquisition_costs
    where
        cast(month as date) <= cast($as_of as date)
        and cast(date_trunc('month', cast(month as date)) as date) >= (select since from acquisition_since)
    group by 1, 2
),

arrivals as (
    select cohort, channel, count(*) as customers, sum(value) as value
    from newcomers
    group by cohort, channel
),

-- There are few days, and many purchases: purchases are added up by day first, then by month.
daily as (
    select
        newcomers.cohort,
        newcomers.channel,
        customer_day.day,
        sum(cast(cast(customer_day.revenue as decimal(38, 6)) * cast(newcomers.margin as decimal(18, 9)) as decimal(38, 6))) as margin
    from customer_day
    inner join newcomers on customer_day.customer_id = newcomers.customer_id
    where customer_day.day <= $as_of
    group by newcomers.cohort, newcomers.channel, customer_day.day
),

margins as (
    select
        cohort,
        channel,
        greatest(
            cast(
                (extract(year from day) - extract(year from cohort)) * 12
                + extract(month from day) - extract(month from cohort) as bigint
            ),
            0
        ) as age,
        sum(margin) as margin
    from daily
    group by 1, 2, 3
),

paid as (
    select
        margins.cohort,
        margins.channel,
        margins.age,
        costs.cost,
        sum(margins.margin) over (
            partition by margins.cohort, margins.channel order by margins.age
            rows between unbounded preceding and current row
        ) as margin_to_date
    from margins
    inner join costs on margins.cohort = costs.cohort and margins.channel = costs.channel
),

payback as (
    select
        cohort,
        channel,
        max(margin_to_date) filter (where age = last_age) as margin_to_date,
        min(age) filter (where margin_to_date >= cost) as payback_month
    from (select *, max(age) over (partition by cohort, channel) as last_age from paid)
    group by cohort, channel
)

select
    costs.channel,
    costs.cohort,
    coalesce(arrivals.customers, 0) as customers,
    costs.cost,
    cast(cast(costs.cost as decimal(38, 6)) / arrivals.customers as decimal(38, 6)) as cost_a_customer,
    cast(
        (extract(year from cast($as_of as date) + interval '1 day') - extract(year from costs.cohort)) * 12
        + extract(month from cast($as_of as date) + interval '1 day') - extract(month from costs.cohort) as bigint
    ) as age,
    cast(payback.margin_to_date / arrivals.customers as decimal(38, 6)) as margin_to_date,
    cast(arrivals.value / arrivals.customers as decimal(38, 6)) as value_ahead,
    cast((payback.margin_to_date + arrivals.value) / arrivals.customers as decimal(38, 6)) as lifetime_value,
    cast(payback.margin_to_date + arrivals.value as double) / nullif(cast(costs.cost as double), 0) as value_to_cost,
    payback.payback_month
from costs
left join arrivals on costs.cohort = arrivals.cohort and costs.channel = arrivals.channel
left join payback on costs.cohort = payback.cohort and costs.channel = payback.channel
order by costs.channel, costs.cohort
