-- Grain: one row per customer. Scores by quantile.
--
-- customer_id   text
-- recency_days  days since the last order
-- frequency     orders
-- monetary      money: revenue
-- r, f, m       scores from 1 to $bins, the higher the better (r: the more recent)
--
-- A score is 1 + floor($bins x share of customers strictly worse). Equal values have equal scores, whatever
-- the order of rows; multiplying all money by a rate changes nothing; and with few distinct values some
-- scores stay empty rather than one value being torn apart. Integers only, hence no rounding at an edge.
--
-- Parameters: $bins, 2 or more; fixed cut-offs instead of quantiles: rfm_fixed.sql.
with population as (
    select count(*) as n from customer_summary
),

-- Money has about as many values as there are customers, so it is ranked customer by customer;
-- rank() - 1 is the number of customers with less.
customers as (
    select
        customer_summary.customer_id,
        customer_summary.recency_days,
        customer_summary.orders as frequency,
        customer_summary.revenue as monetary,
        population.n,
        cast(rank() over (order by customer_summary.revenue) as bigint) - 1 as customers_below
    from customer_summary
    cross join population
),

-- Days and counts have few values: each value is scored once. What remains of the running sum without the
-- value's own customers is the number of customers strictly worse.
recency_scores as (
    select
        recency_days,
        1 + cast($bins as bigint) * (sum(count(*)) over (order by recency_days desc) - count(*)) / max(n) as r
    from customers
    group by recency_days
),

frequency_scores as (
    select
        frequency,
        1 + cast($bins as bigint) * (sum(count(*)) over (order by frequency) - count(*)) / max(n) as f
    from customers
    group by frequency
)

select
    customers.customer_id,
    customers.recency_days,
    customers.frequency,
    customers.monetary,
    recency_scores.r,
    frequency_scores.f,
    1 + cast($bins as bigint) * customers.customers_below / customers.n as m
from customers
inner join recency_scores on customers.recency_days = recency_scores.recency_days
inner join frequency_scores on customers.frequency = frequency_scores.frequency
order by customers.customer_id
