-- Grain: three rows: customers with an order in the last 365 days who answered a survey in the last $satisfaction_days, those
-- who did not, and those who answered without such an order.
--
-- standing       answered, silent, no_order
-- customers      how many; of the first two the sum is the customers with an order in 365 days
-- customer_share of these; NULL of no_order
-- revenue_12m    money
-- revenue_share  of the first two rows together; NULL where that is not above zero, and of no_order
-- mean_revenue   money: revenue_12m / customers
-- orders_12m, mean_orders  orders, and orders / customers
--
-- Parameters: $as_of, $satisfaction_days.
with answers as (
    select distinct customer_id
    from satisfaction_rated
    where day <= $as_of and day > cast($as_of as date) - cast($satisfaction_days as int)
),

each as (
    select
        case
            when coalesce(customer_summary.orders_12m, 0) = 0 then 'no_order'
            when answers.customer_id is null then 'silent'
            else 'answered'
        end as standing,
        coalesce(customer_summary.revenue_12m, 0) as revenue_12m,
        coalesce(customer_summary.orders_12m, 0) as orders_12m
    from customer_summary
    full outer join answers on customer_summary.customer_id = answers.customer_id
    where customer_summary.orders_12m > 0 or answers.customer_id is not null
),

counted as (
    select
        s.standing,
        s.place,
        count(each.standing) as customers,
        coalesce(sum(each.revenue_12m), 0) as revenue_12m,
        coalesce(sum(each.orders_12m), 0) as orders_12m
    from (values ('answered', 1), ('silent', 2), ('no_order', 3)) as s(standing, place)
    left join each on s.standing = each.standing
    group by s.standing, s.place
),

summed as (
    select sum(customers) as customers, sum(revenue_12m) as revenue_12m from counted where standing <> 'no_order'
)

select
    counted.standing,
    counted.customers,
    case
        when counted.standing <> 'no_order' then cast(counted.customers as double) / nullif(summed.customers, 0)
    end as customer_share,
    counted.revenue_12m,
    case
        when counted.standing <> 'no_order' and summed.revenue_12m > 0
            then cast(counted.revenue_12m as double) / cast(summed.revenue_12m as double)
    end as revenue_share,
    cast(cast(counted.revenue_12m as decimal(38, 6)) / nullif(counted.customers, 0) as decimal(38, 6)) as mean_revenue,
    counted.orders_12m,
    cast(counted.orders_12m as double) / nullif(counted.customers, 0) as mean_orders
from counted
cross join summed
order by counted.place
