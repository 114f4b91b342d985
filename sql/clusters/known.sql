-- Grain: one row per customer with an order in the 365 days up to $as_of: what customers are compared by.
--
-- customer_id     text
-- recency_days    days since the last order
-- tenure_days     days since the first order
-- orders, units, sales, returns, revenue  of these days; units are NULL where the source has none
-- bought          categories bought in these days; 0 where the source names none
-- discount        money taken off in these days
-- recency         ln(1 + recency_days): skewed, most are recent
-- frequency       ln(orders): skewed
-- spend           ln(1 + revenue), revenue not below zero: skewed
-- basket          ln(1 + units / orders): skewed; NULL without units
-- categories      bought
-- tenure          tenure_days
-- discount_share  discount / (sales + discount); 0 without either
-- return_share    returns / sales; 0 without sales, 1 at most
--
-- Parameters: $as_of.
with year as (
    select
        customer_id,
        sum(orders) as orders,
        sum(units) as units,
        sum(sales) as sales,
        sum(returns) as returns,
        sum(revenue) as revenue
    from customer_day
    where day > cast($as_of as date) - interval '365 days' and day <= $as_of
    group by customer_id
    having sum(orders) > 0
),

pairs as (
    select customer_id, category
    from goods_sold
    where day > cast($as_of as date) - interval '365 days' and day <= $as_of and category is not null and revenue > 0
    group by customer_id, category
),

goods as (
    select customer_id, count(*) as bought
    from pairs
    group by customer_id
),

discounts as (
    select customer_id, sum(discount) as discount
    from clusters_discounts
    where day > cast($as_of as date) - interval '365 days' and day <= $as_of
    group by customer_id
),

known as (
    select
        year.customer_id,
        customer_summary.recency_days,
        customer_summary.tenure_days,
        year.orders,
        year.units,
        year.sales,
        year.returns,
        year.revenue,
        coalesce(goods.bought, 0) as bought,
        coalesce(discounts.discount, 0) as discount
    from year
    inner join customer_summary on year.customer_id = customer_summary.customer_id
    left join goods on year.customer_id = goods.customer_id
    left join discounts on year.customer_id = discounts.customer_id
)

select
    customer_id,
    recency_days,
    tenure_days,
    orders,
    units,
    sales,
    returns,
    revenue,
    bought,
    discount,
    ln(1 + cast(recency_days as double)) as recency,
    ln(cast(orders as double)) as frequency,
    ln(1 + greatest(cast(revenue as double), cast(0 as double))) as spend,
    case when units > 0 then ln(1 + cast(units as double) / orders) end as basket,
    cast(bought as double) as categories,
    cast(tenure_days as double) as tenure,
    case when sales + discount > 0 then cast(discount as double) / cast(sales + discount as double) else 0 end as discount_share,
    case when sales > 0 then least(cast(returns as double) / cast(sales as double), cast(1 as double)) else 0 end as return_share
from known
order by customer_id
