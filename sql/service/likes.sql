-- Grain: one row per group of like customers with one who complained: an order in the 365 days up to the origin, which is
-- $service_again_days before $as_of; alike by their days with an order then (1, 2, 3 to 5, 6 or more), by the days since the last one
-- (up to 30, up to 90, more), and by whether they spent the median or more.
--
-- order_days, recency, spends_more  the group: number of the band, and whether they spent the median or more
-- complained, complained_again   customers with a complaint in the $service_again_days up to the origin; of these, with an
--                                order in the $service_again_days after it
-- others, others_again           the same of those without such a complaint
--
-- Parameters: $as_of, $service_again_days.
with each as (
    select
        customer_id,
        sum(revenue) filter (where day <= cast($as_of as date) - cast($service_again_days as int)) as revenue,
        count(*) filter (where orders > 0 and day <= cast($as_of as date) - cast($service_again_days as int)) as order_days,
        max(day) filter (where orders > 0 and day <= cast($as_of as date) - cast($service_again_days as int)) as last_day,
        count(*) filter (where orders > 0 and day > cast($as_of as date) - cast($service_again_days as int)) > 0 as again
    from customer_day
    where day <= $as_of and day > cast($as_of as date) - cast($service_again_days as int) - 365
    group by customer_id
),

complained as (
    select distinct customer_id
    from service_complaints
    where
        day <= cast($as_of as date) - cast($service_again_days as int)
        and day > cast($as_of as date) - 2 * cast($service_again_days as int)
),

median as (
    select percentile(distribution(revenue), 0.5) as revenue from each where order_days > 0
),

grouped as (
    select
        case when each.order_days >= 6 then 4 when each.order_days >= 3 then 3 else each.order_days end as order_days,
        case
            when cast($as_of as date) - cast($service_again_days as int) - each.last_day <= 30 then 1
            when cast($as_of as date) - cast($service_again_days as int) - each.last_day <= 90 then 2
            else 3
        end as recency,
        cast(each.revenue as double) >= median.revenue as spends_more,
        complained.customer_id is not null as complained,
        each.again
    from each
    cross join median
    left join complained on each.customer_id = complained.customer_id
    where each.order_days > 0
)

select
    cast(order_days as bigint) as order_days,
    cast(recency as bigint) as recency,
    spends_more,
    count(*) filter (where complained) as complained,
    count(*) filter (where complained and again) as complained_again,
    count(*) filter (where not complained) as others,
    count(*) filter (where not complained and again) as others_again
from grouped
group by 1, 2, 3
having count(*) filter (where complained) > 0
order by 1, 2, 3
