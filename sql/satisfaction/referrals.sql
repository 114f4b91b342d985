-- Grain: two rows: customers with an answer who are content (satisfaction_customers), and the others with one.
--
-- content      flag
-- customers    how many
-- newcomers    customers with their first order in the last 365 days whose referred_by names one of these; not oneself
-- per_hundred  newcomers for each 100 customers; NULL without a customer
--
-- Parameters: $as_of.
with referred as (
    select customers.referred_by as customer_id, count(*) as newcomers
    from customers
    inner join customer_summary on customers.customer_id = customer_summary.customer_id
    where
        customers.referred_by is not null
        and customers.referred_by <> customers.customer_id
        and customer_summary.orders > 0
        and customer_summary.first_day > cast($as_of as date) - 365
    group by customers.referred_by
)

select
    s.content,
    count(satisfaction_customers.customer_id) as customers,
    cast(coalesce(sum(referred.newcomers), 0) as bigint) as newcomers,
    100.0 * cast(coalesce(sum(referred.newcomers), 0) as double)
    / nullif(count(satisfaction_customers.customer_id), 0) as per_hundred
from (values (true), (false)) as s(content)
left join satisfaction_customers on s.content = satisfaction_customers.content
left join referred on satisfaction_customers.customer_id = referred.customer_id
group by s.content
order by s.content desc
