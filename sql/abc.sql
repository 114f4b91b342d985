-- Grain: one row per class A, B, C (customer_rank states the bounds); none where there is no customer. Of the last 365 days.
--
-- class             A, B, C
-- customers         in the class
-- customer_share    share of all customers
-- revenue           money
-- revenue_share     share of all revenue; NULL where revenue is not above zero in total
-- customers_before  in the class one period earlier; NULL where history does not cover the 365 days of then
-- revenue_before    money of these then; NULL likewise
--
-- Parameters: none.
with classes as (
    select class from (values ('A'), ('B'), ('C')) as bounds (class)
),

now as (
    select class, count(*) as customers, sum(revenue_12m) as revenue from customer_rank group by class
),

-- Nobody is ranked as of a period earlier: the revenues that reached 80 % and 95 % are enough to know the classes of then.
-- The sum of the best n less that of the best n - 1 is the n-th revenue. Without revenue above zero everyone is in
-- class C.
buyers_before as (
    select earlier.revenue_12m as revenue
    from previous.customer_summary as earlier
    cross join previous.periods as covered
    where covered.history_days >= 365 and (earlier.orders_12m > 0 or earlier.revenue_12m <> 0)
),

revenues_before as (
    select distribution(revenue) as revenues from buyers_before
),

bounds as (
    select
        top_sum(revenues, top_count(revenues, 0.8)) - top_sum(revenues, top_count(revenues, 0.8) - 1) as least_a,
        top_sum(revenues, top_count(revenues, 0.95)) - top_sum(revenues, top_count(revenues, 0.95) - 1) as least_b
    from revenues_before
),

before as (
    select
        count(*) as customers,
        coalesce(sum(revenue), 0) as revenue,
        count(*) filter (where revenue >= least_a) as reach_80,
        count(*) filter (where revenue >= least_b) as reach_95,
        coalesce(sum(revenue) filter (where revenue >= least_a), 0) as revenue_80,
        coalesce(sum(revenue) filter (where revenue >= least_b), 0) as revenue_95
    from buyers_before
    cross join bounds
),

totals as (
    select count(*) as customers, sum(revenue_12m) as revenue from customer_rank having count(*) > 0
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
    case
        when before.customers = 0 then null
        when classes.class = 'A' then before.reach_80
        when classes.class = 'B' then before.reach_95 - before.reach_80
        else before.customers - before.reach_95
    end as customers_before,
    case
        when before.customers = 0 then null
        when classes.class = 'A' then before.revenue_80
        when classes.class = 'B' then before.revenue_95 - before.revenue_80
        else before.revenue - before.revenue_95
    end as revenue_before
from classes
cross join totals
cross join before
left join now on classes.class = now.class
order by classes.class
