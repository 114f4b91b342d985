-- Grain: one row per channel and month of first orders, for the last 24 months whose cost is known: what newcomers cost,
-- what they have brought since, and what is still expected of them.
--
-- channel, cohort   channel through which they came (customers.channel), and month of the first order
-- customers         newcomers
-- cost              money spent on winning customers through this channel in this month (acquisition_costs)
-- cost_a_customer   cost / customers; NULL where nobody came
-- age               months since the cohort's that are over at $as_of
-- margin_to_date    money a customer: margin of all purchases so far
-- value_ahead       money a customer: predicted value still to come
-- lifetime_value    money a customer: both
-- value_to_cost     lifetime_value / cost_a_customer
-- payback_month     the first age at whose end the cohort's margin had covered its cost; NULL where it has not yet
--
-- Parameters: $as_of.
with costs as (
    select
        cast(date_trunc('month', cast(month as date)) as date) as cohort,
        coalesce(cast(channel as varchar), 'unknown') as channel,
        sum(cast(cost as decimal(18, 2))) as cost
    from acquisition_costs
    where
        cast(month as date) <= cast($as_of as date)
        and cast(month as date) >= cast(date_trunc('month', cast($as_of as date)) as date) - interval '23 months'
    group by 1, 2
),

members as (
    select
        customer_summary.customer_id,
        cast(date_trunc('month', customer_summary.first_day) as date) as cohort,
        coalesce(cast(customers.channel as varchar), 'unknown') as channel,
        customer_value.margin,
        customer_value.value
    from customer_summary
    inner join customer_value on customer_summary.customer_id = customer_value.customer_id
    left join customers on customer_summary.customer_id = cast(customers.customer_id as varchar)
    where customer_summary.orders > 0
),

newcomers as (
    select cohort, channel, count(*) as customers, sum(value) as value
    from members
    where cohort >= (select min(cohort) from costs)
    group by cohort, channel
),

margins as (
    select
        members.cohort,
        members.channel,
        greatest(
            cast(
                (extract(year from customer_day.day) - extract(year from members.cohort)) * 12
                + extract(month from customer_day.day) - extract(month from members.cohort) as bigint
            ),
            0
        ) as age,
        sum(cast(cast(customer_day.revenue as double) * members.margin as decimal(38, 6))) as margin
    from customer_day
    inner join members on customer_day.customer_id = members.customer_id
    where customer_day.day <= $as_of and members.cohort >= (select min(cohort) from costs)
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
    coalesce(newcomers.customers, 0) as customers,
    costs.cost,
    costs.cost / newcomers.customers as cost_a_customer,
    cast(
        (extract(year from cast($as_of as date) + interval '1 day') - extract(year from costs.cohort)) * 12
        + extract(month from cast($as_of as date) + interval '1 day') - extract(month from costs.cohort) as bigint
    ) as age,
    payback.margin_to_date / newcomers.customers as margin_to_date,
    newcomers.value / newcomers.customers as value_ahead,
    (payback.margin_to_date + newcomers.value) / newcomers.customers as lifetime_value,
    cast(payback.margin_to_date + newcomers.value as double) / nullif(cast(costs.cost as double), 0) as value_to_cost,
    payback.payback_month
from costs
left join newcomers on costs.cohort = newcomers.cohort and costs.channel = newcomers.channel
left join payback on costs.cohort = payback.cohort and costs.channel = payback.channel
order by costs.channel, costs.cohort
