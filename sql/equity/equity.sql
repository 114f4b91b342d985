-- Grain: one row; none where there is no predicted value. What customers are worth in all, what that consists of, and
-- how it changed within a period.
--
-- customers                     with a predicted value
-- revenue, product_cost, service_cost, marketing_cost, referral, value  money: sums of customer_value
-- mean_value                    value / customers, to six decimals
-- known_costs                   share of revenue at a margin from known costs, 0 to 1
-- customers_before, value_before, mean_before   the same one period earlier, by the same forecaster; NULL where history
--                               does not reach
-- from_number                   money: effect of the change in the number of customers, at the mean of before
-- from_mean                     money: effect of the change in the mean, at the number of now; both add up to the change
-- arrived, arrived_value        customers who had no predicted value before, and their value
--
-- Parameters: none.
with now as (
    select
        count(*) as customers,
        sum(revenue) as revenue,
        sum(product_cost) as product_cost,
        sum(service_cost) as service_cost,
        sum(marketing_cost) as marketing_cost,
        sum(referral) as referral,
        sum(value) as value,
        sum(case when margin_basis <> 'stated' then revenue end) as known_revenue
    from customer_value
),

before as (
    select count(*) as customers, sum(value) as value from previous.customer_value
),

arrived as (
    select count(*) as customers, sum(customer_value.value) as value
    from customer_value
    left join previous.customer_value as earlier on customer_value.customer_id = earlier.customer_id
    where earlier.customer_id is null
),

means as (
    select
        now.*,
        cast(now.value / now.customers as decimal(38, 6)) as mean_value,
        nullif(before.customers, 0) as customers_before,
        before.value as value_before,
        cast(before.value / nullif(before.customers, 0) as decimal(38, 6)) as mean_before,
        arrived.customers as arrived,
        arrived.value as arrived_value
    from now
    cross join before
    cross join arrived
    where now.customers > 0
)

select
    customers,
    revenue,
    product_cost,
    service_cost,
    marketing_cost,
    referral,
    value,
    mean_value,
    coalesce(cast(known_revenue as double) / nullif(cast(revenue as double), 0), 0) as known_costs,
    customers_before,
    value_before,
    mean_before,
    (customers - customers_before) * mean_before as from_number,
    value - value_before - (customers - customers_before) * mean_before as from_mean,
    arrived,
    arrived_value
from means
