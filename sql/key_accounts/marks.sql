-- Grain: one row per customer with an order in the last 365 days.
--
-- customer_id  text
-- marks        by how many measures the customer is high
-- is_key       by $key_accounts_least or more; by all where fewer are known
-- orders_12m, revenue_12m  orders and money of these days
-- profit       money: of goods with a known cost; NULL where none is known
-- influence    money of those whom the customer recommended; NULL without it
--
-- Parameters: $key_accounts_least.
-- $key_accounts_least must be a whole number of 1 or more
with known as (
    select least(count(*), cast($key_accounts_least as bigint)) as needed from key_accounts_measures
),

customers_of as (
    select
        customer_id,
        count(*) filter (where is_high) as marks,
        max(amount) filter (where measure = 'frequency') as orders_12m,
        max(amount) filter (where measure = 'volume') as revenue_12m,
        max(amount) filter (where measure = 'profit') as profit,
        max(amount) filter (where measure = 'influence') as influence
    from key_accounts_places
    group by customer_id
)

select
    customers_of.customer_id,
    customers_of.marks,
    customers_of.marks >= known.needed and known.needed > 0 as is_key,
    cast(customers_of.orders_12m as bigint) as orders_12m,
    customers_of.revenue_12m,
    customers_of.profit,
    customers_of.influence
from customers_of
cross join known
where customers_of.orders_12m is not null
order by customers_of.customer_id
