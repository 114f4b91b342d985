-- Grain: one row: how many baskets there are, and which share of customers is drawn.
--
-- baskets  customers' days with an order in the last $baskets_days days
-- share    1 where these are no more than $baskets_draw; else the share of customers with which about so many remain
--
-- Parameters: $as_of, $baskets_days, $baskets_draw.
select
    count(*) as baskets,
    least(cast(1 as double), cast($baskets_draw as double) / greatest(count(*), 1)) as share
from customer_day
where day > cast($as_of as date) - interval $baskets_days day and day <= $as_of and orders > 0
