-- Grain: one row per customer with a predicted value whose first order lies in a month from which on costs of winning
-- customers are known (acquisition_costs), in the last 24 months.
--
-- customer_id  text
-- channel      the customer came through it (customers.channel), or unknown
-- cohort       month of the first order
-- margin       double: share of revenue that the goods leave (customer_value)
-- value        money: predicted value still to come (customer_value)
--
-- Parameters: $as_of.
with since as (
    select min(cast(date_trunc('month', cast(month as date)) as date)) as month
    from acquisition_costs
    where
        cast(month as date) <= cast($as_of as date)
        and cast(month as date) >= cast(date_trunc('month', cast($as_of as date)) as date) - interval '23 months'
)

select
    customer_summary.customer_id,
    coalesce(cast(customers.channel as varchar), 'unknown') as channel,
    cast(date_trunc('month', customer_summary.first_day) as date) as cohort,
    customer_value.margin,
    customer_value.value
from customer_summary
inner join customer_value on customer_summary.customer_id = customer_value.customer_id
left join customers on customer_summary.customer_id = cast(customers.customer_id as varchar)
where customer_summary.orders > 0 and customer_summary.first_day >= (select month from since)
order by customer_summary.customer_id
