-- Grain: one row per class A, B, C (customer_rank states the bounds); none where there is no customer.
--
-- class             A, B, C
-- customers         in the class
-- customer_share    share of all customers
-- revenue           money
-- revenue_share     share of all revenue; NULL where revenue is not above zero in total
-- customers_before  in the class one period earlier; NULL where history does not reach
-- revenue_before    money of these then; NULL likewise
--
-- Parameters: none.
with classes as (
    select class from (values ('A'), ('B'), ('C')) as bounds (class)
),

now as (
    select class, count(*) as customers, sum(revenue) as revenue from customer_rank group by class
),

-- Who was in which class is not asked, so that nobody has to be ranked as of then: how many reached 80 % and
-- 95 % of revenue and what they brought say it all. Without revenue above zero everyone is in class C.
revenues_before as (
    select
        count(*) as customers,
        sum(revenue) as revenue,
        distribution(revenue) as revenues
    from previous.customer_summary
    having count(*) > 0
),

bounds_before as (
    select
        customers,
        revenue,
        revenues,
        coalesce(top_count(revenues, 0.8), 0) as reach_80,
        coalesce(top_count(revenues, 0.95), 0) as reach_95
    from revenues_before
),

before as (
    select 'A' as class, reach_80 as customers, top_sum(revenues, reach_80) as revenue from bounds_before
    union all
    select
        'B' as class,
        reach_95 - reach_80 as customers,
        top_sum(revenues, reach_95) - top_sum(revenues, reach_80) as revenue
    from bounds_before
    union all
    select 'C' as class, customers - reach_95 as customers, revenue - top_sum(revenues, reach_95) as revenue
    from bounds_before
),

totals as (
    select
        count(*) as customers,
        sum(revenue) as revenue,
        (select sum(customers) from before) as customers_before,
        (select sum(revenue) from before) as revenue_before
    from customer_rank
    having count(*) > 0
)

select
    classes.class,
    coalesce(now.customers, 0) as customers,
    cast(coalesce(now.customers, 0) as double) / cast(totals.customers as double) as customer_share,
    coalesce(now.revenue, totals.revenue - totals.revenue) as revenue,
    case
        when totals.revenue > 0
            then coalesce(cast(now.revenue as double), cast(0 as double)) / cast(totals.revenue as double)
    end as revenue_share,
    case when totals.customers_before > 0 then coalesce(before.customers, 0) end as customers_before,
    case
        when totals.customers_before > 0
            then coalesce(before.revenue, totals.revenue_before - totals.revenue_before)
    end as revenue_before
from classes
cross join totals
left join now on classes.class = now.class
left join before on classes.class = before.class
order by classes.class
