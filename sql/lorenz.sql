-- Grain: one row per percentage point of customers from 0 to 100, best first; none where there is no customer. Customers and
-- revenue are those of `concentration`, of the last 365 days.
--
-- customer_share  share of customers: k / 100
-- revenue_share   share of revenue of the best ceil(n k / 100) customers; NULL where revenue is not above
--                 zero in total. It passes 1 before the end if customers at the tail are negative.
--
-- Parameters: none.
with revenues as (
    select distribution(revenue_12m) as revenues
    from customer_summary
    where orders_12m > 0 or revenue_12m <> 0
    having count(*) > 0
),

points as (
    select
        unnest(range(0, 101)) as k,
        unnest(lorenz(revenues, 100)) as revenue_share
    from revenues
)

select
    cast(k as double) / 100 as customer_share,
    revenue_share
from points
order by k
