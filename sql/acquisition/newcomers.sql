-- Grain: one row per customer with a predicted value who was won in one of the last 24 months that count
-- (acquisition_since).
--
-- customer_id  text
-- channel      the customer came through it (customers.channel), or unknown
-- cohort       month in which the customer was won: of the day of joining (customers.joined_on) or of the first
--              order, whichever came first
-- margin       double: share of revenue that the goods leave (customer_value)
-- value        money: predicted value still to come (customer_value)
--
-- Parameters: none.
with won as (
    select
        customer_summary.customer_id,
        coalesce(cast(customers.channel as varchar), 'unknown') as channel,
        cast(
            date_trunc('month', least(customer_summary.first_day, coalesce(customers.joined_on, customer_summary.first_day)))
            as date
        ) as cohort
    from customer_summary
    left join customers on customer_summary.customer_id = cast(customers.customer_id as varchar)
    where customer_summary.orders > 0
)

select
    won.customer_id,
    won.channel,
    won.cohort,
    customer_value.margin,
    customer_value.value
from won
inner join customer_value on won.customer_id = customer_value.customer_id
where won.cohort >= (select since from acquisition_since)
order by won.customer_id
