-- Grain: one row per customer with an order in the last 365 days and measure that transactions tell.
--
-- customer_id  text
-- measure      frequency: orders; volume: money; profit: money of the rows with a known cost less that cost, of customers with such
--              a row
-- amount       of the last 365 days, $as_of included
--
-- Parameters: $as_of.
with spent as (
    select
        customer_id,
        sum(orders) as orders,
        sum(revenue) as revenue,
        sum(costed_revenue) - sum(cost) as profit
    from customer_day
    where day > cast($as_of as date) - interval '365 days' and day <= $as_of
    group by customer_id
    having sum(orders) > 0
)

select customer_id, 'frequency' as measure, cast(orders as decimal(38, 6)) as amount from spent
union all
select customer_id, 'volume' as measure, cast(revenue as decimal(38, 6)) as amount from spent
union all
select customer_id, 'profit' as measure, cast(profit as decimal(38, 6)) as amount from spent where profit is not null
