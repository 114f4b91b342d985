-- Grain: one row per customer.
--
-- customer_id       text
-- revenue           money
-- value_rank        1 = most revenue; ties by customer_id
-- cumulative_share  share of all revenue held by this customer and those before; NULL where revenue is not
--                   above zero in total
-- class             A: the fewest best customers who together reach 80 % of revenue; B: to 95 %; C: the rest
-- decile            1 = the best tenth of customers
--
-- Parameters: none.
with totals as (
    select count(*) as customers, sum(revenue) as revenue from customer_summary
),

-- ranking() gives each customer its place and the sum up to it, while the rows stay in their order.
placed as (
    select
        customer_id,
        revenue,
        ranking(revenue) over (order by customer_id) as ranking
    from customer_summary
),

ranked as (
    select customer_id, revenue, ranking['place'] as value_rank, ranking['total'] as cumulative from placed
)

select
    customer_id,
    revenue,
    value_rank,
    case
        when (select revenue from totals) > 0
            then cast(cumulative as double) / cast((select revenue from totals) as double)
    end as cumulative_share,
    -- The customer who crosses a bound is the last inside it: what counts is the sum before.
    case
        when (select revenue from totals) <= 0 then 'C'
        when (cumulative - revenue) * 100 < (select revenue from totals) * 80 then 'A'
        when (cumulative - revenue) * 100 < (select revenue from totals) * 95 then 'B'
        else 'C'
    end as class,
    1 + (value_rank - 1) * 10 / (select customers from totals) as decile
from ranked
order by customer_id
