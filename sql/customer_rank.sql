-- Grain: one row per customer.
--
-- customer_id       text
-- revenue           money
-- value_rank        1 = most revenue; ties by customer_id
-- cumulative_share  share of all revenue held by this customer and those before; NULL where revenue is not
--                   above zero in total
-- class             A: the fewest best customers who together reach 80 % of revenue, and all with the same revenue as
--                   the last of them; B: likewise to 95 %; C: the rest
-- decile            1 = best, 10 = worst: ten scores as in rfm, counted from the best. Equal revenues have one decile
--
-- Parameters: none.
with totals as (
    select sum(revenue) as revenue from customer_summary
),

-- ranking() gives each customer its place, the sum up to it, and how many are better and worse. The rows stay in their
-- order.
placed as (
    select
        customer_id,
        revenue,
        ranking(revenue) over (order by customer_id) as ranking
    from customer_summary
),

ranked as (
    select customer_id, revenue, ranking['place'] as value_rank, ranking['total'] as cumulative, ranking from placed
)

select
    customer_id,
    revenue,
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
