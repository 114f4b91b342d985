-- Grain: one row per customer and calendar month with any row on or before $as_of. What is asked month by month is
-- made of this table, so that the days are gone through once for all of it.
--
-- customer_id               text
-- month                     its first day
-- orders                    distinct transaction ids with an amount of zero or more, day by day
-- revenue, sales, returns   money
-- is_first                  the month holds the customer's first day with an order
-- longest_gap_days          longest of the gaps that ended in the month, in days between consecutive days with
--                           an order; NULL where none ended
--
-- Parameters: $as_of.
select
    customer_id,
    cast(date_trunc('month', day) as date) as month,
    sum(orders) as orders,
    sum(revenue) as revenue,
    sum(sales) as sales,
    sum(returns) as returns,
    -- A day with an order and no gap is the customer's first one.
    count(case when orders > 0 and gap_days is null then 1 end) > 0 as is_first,
    max(gap_days) as longest_gap_days
from customer_day
where day <= $as_of
-- Not by the cast: of date_trunc it is known that it keeps the order of days, so that nothing has to be sorted.
group by customer_id, date_trunc('month', day)
order by customer_id, month
