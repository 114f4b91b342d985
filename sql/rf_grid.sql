-- Grain: one row per pair of recency and frequency score, $bins x $bins, with zeros where nobody is.
--
-- r, f            scores
-- customers       count
-- customer_share  share of all customers
-- revenue         money
-- revenue_share   share of all revenue; NULL where revenue is not above zero in total
--
-- Parameters: $bins.
-- $bins must be a whole number from 2 to 10
with scores as (
    select unnest(range(1, cast($bins as bigint) + 1)) as score
),

totals as (
    select count(*) as customers, sum(monetary) as revenue from rfm having count(*) > 0
),

counted as (
    select r, f, count(*) as customers, sum(monetary) as revenue from rfm group by r, f
)

select
    recency.score as r,
    frequency.score as f,
    coalesce(counted.customers, 0) as customers,
    cast(coalesce(counted.customers, 0) as double) / cast(totals.customers as double) as customer_share,
    coalesce(counted.revenue, 0) as revenue,
    case
        when totals.revenue > 0
            then cast(coalesce(counted.revenue, 0) as double) / cast(totals.revenue as double)
    end as revenue_share
from scores as recency
cross join scores as frequency
cross join totals
left join counted on recency.score = counted.r and frequency.score = counted.f
order by recency.score, frequency.score
