-- Grain: one row per tenth of the customers by profit, the best first; fewer rows below ten customers.
--
-- tenth      1 is the best; ties go by id
-- customers, revenue, profit  sums
-- below_zero of the customers, those with a profit below zero
--
-- Parameters: none.
with numbered as (
    select
        revenue,
        profit,
        row_number() over (order by profit desc, customer_id) as number,
        count(*) over () as customers
    from customer_profit
)

select
    cast((number - 1) * least(customers, 10) / customers + 1 as bigint) as tenth,
    count(*) as customers,
    sum(revenue) as revenue,
    sum(profit) as profit,
    count(*) filter (where profit < 0) as below_zero
from numbered
group by 1
order by 1
