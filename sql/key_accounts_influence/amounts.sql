-- Grain: one row per customer with an order in the last 365 days who recommended somebody with revenue in these.
--
-- customer_id  text
-- measure      influence
-- amount       money of the last 365 days of the customers whom this one recommended; nobody recommends oneself
--
-- Parameters: none.
with recommended as (
    select customer_id, min(referred_by) as referred_by
    from customers
    where customer_id is not null and referred_by <> customer_id
    group by customer_id
),

brought as (
    select recommended.referred_by as customer_id, sum(customer_summary.revenue_12m) as revenue
    from recommended
    inner join customer_summary on recommended.customer_id = customer_summary.customer_id
    group by recommended.referred_by
)

select brought.customer_id, 'influence' as measure, cast(brought.revenue as decimal(38, 6)) as amount
from brought
inner join customer_summary on brought.customer_id = customer_summary.customer_id
where customer_summary.orders_12m > 0 and brought.revenue > 0
