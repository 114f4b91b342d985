-- Grain: one row per type, all five in order; none where nobody ordered in the last 365 days.
--
-- type            price, incentive, habit, other, few (loyalty_customers)
-- customers       how many; the sum is the customers with an order in the last 365 days
-- customer_share  of the loyal ones, which are all but few; NULL of few
-- revenue_12m     money; revenue_share of that of the loyal ones, NULL of few and where that is not above zero
-- mean_days       days with an order a customer
-- sales, discounted, discounted_share  money of rows of zero or more; of it, of rows with a discount; their ratio
--
-- Parameters: none.
with counted as (
    select
        s.type,
        s.place,
        count(loyalty_customers.customer_id) as customers,
        coalesce(sum(loyalty_customers.revenue_12m), 0) as revenue_12m,
        coalesce(sum(loyalty_customers.days), 0) as days,
        coalesce(sum(loyalty_customers.sales), 0) as sales,
        coalesce(sum(loyalty_customers.discounted), 0) as discounted
    from (values ('price', 1), ('incentive', 2), ('habit', 3), ('other', 4), ('few', 5)) as s(type, place)
    left join loyalty_customers on s.type = loyalty_customers.type
    group by s.type, s.place
),

loyal as (
    select sum(customers) as customers, sum(revenue_12m) as revenue_12m from counted where type <> 'few'
),

everybody as (
    select count(*) as customers from loyalty_customers
)

select
    counted.type,
    counted.customers,
    case when counted.type <> 'few' then cast(counted.customers as double) / nullif(loyal.customers, 0) end as customer_share,
    counted.revenue_12m,
    case
        when counted.type <> 'few' and loyal.revenue_12m > 0
            then cast(counted.revenue_12m as double) / cast(loyal.revenue_12m as double)
    end as revenue_share,
    cast(counted.days as double) / nullif(counted.customers, 0) as mean_days,
    counted.sales,
    counted.discounted,
    cast(counted.discounted as double) / nullif(cast(counted.sales as double), 0) as discounted_share
from counted
cross join loyal
cross join everybody
where everybody.customers > 0
order by counted.place
