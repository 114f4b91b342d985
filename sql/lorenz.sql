-- Grain: one row per percentage point of customers from 0 to 100, best first; none where there is no customer.
--
-- customer_share  share of customers: k / 100
-- revenue_share   share of revenue of the best ceil(n k / 100) customers; NULL where revenue is not above
--                 zero in total. It passes 1 before the end where customers at the tail are negative.
--
-- Parameters: none.
with totals as (
    select count(*) as customers, sum(revenue) as revenue from customer_rank having count(*) > 0
),

points as (
    select
        steps.k,
        (totals.customers * steps.k + 99) / 100 as value_rank,
        totals.revenue
    from (select unnest(range(0, 101)) as k) as steps
    cross join totals
)

select
    cast(points.k as double) / 100 as customer_share,
    case
        when points.revenue <= 0 then null
        when points.k = 0 then cast(0 as double)
        else customer_rank.cumulative_share
    end as revenue_share
from points
left join customer_rank on points.value_rank = customer_rank.value_rank
order by points.k
