-- Grain: one row per customer with an order, or with money, in the last 365 days. Shares of all history would grow with
-- history; those of equal spans can be compared.
--
-- customer_id       text
-- revenue_12m       money of the last 365 days
-- value_rank        1 = most revenue; ties by customer_id
-- cumulative_share  share of all this revenue held by this customer and those before; NULL where revenue is not
--                   above zero in total
-- class             A: the fewest best customers who together reach 80 % of revenue, and all with the same revenue as
--                   the last of them; B: likewise to 95 %; C: the rest
-- decile            1 = best, 10 = worst: ten scores as in rfm, counted from the best. Equal revenues have one decile
--
-- Parameters: none.
with buyers as (
    select customer_id, revenue_12m
    from customer_summary
    where orders_12m > 0 or revenue_12m <> 0
),

totals as (
    select sum(revenue_12m) as revenue from buyers
),

-- ranking() gives each customer its place, the sum up to it, and how many are better and worse. The rows stay in their
-- order.
placed as (
    select
        customer_id,
        revenue_12m,
        ranking(revenue_12m) over (order by customer_id) as ranking
    from buyers
),

ranked as (
    select customer_id, revenue_12m, ranking['place'] as value_rank, ranking['total'] as cumulative, ranking from placed
)

select
    customer_id,
    revenue_12m,
    value_rank,
    case
        when (select revenue from totals) > 0
            then cast(cumulative as double) / cast((select revenue from totals) as double)
    end as cumulative_share,
    -- The customer who crosses a bound is the last inside it: the sum of those with more decides. So customers with
    -- equal revenue are in one class, in any order of their ids.
    case
        when (select revenue from totals) <= 0 then 'C'
        when ranking['total_better'] * 100 < (select revenue from totals) * 80 then 'A'
        when ranking['total_better'] * 100 < (select revenue from totals) * 95 then 'B'
        else 'C'
    end as class,
    case
        when ranking['better'] + ranking['worse'] = 0 then 5
        else greatest(10 - 10 * ranking['worse'] / (ranking['better'] + ranking['worse']), 1)
    end as decile
from ranked
order by customer_id
