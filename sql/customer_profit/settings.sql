-- Grain: three rows: what the settings of the module equity state, beside what was measured in the last 12 full months.
--
-- setting   service_cost_per_order, marketing_cost_per_year, referral_per_order
-- stated    money
-- cost, orders_or_customers   what was measured: money, and by how many orders (of service and recommendations) or customers with a row
--           (of marketing) it is divided
-- measured  money: cost / orders_or_customers; NULL where nothing divides
--
-- Parameters: $service_cost_per_order, $marketing_cost_per_year, $referral_per_order.
-- $service_cost_per_order must be a number of 0 or more
-- $marketing_cost_per_year must be a number of 0 or more
-- $referral_per_order must be a number of 0 or more
with summed as (
    select
        coalesce(sum(service_cost), 0) as service,
        coalesce(sum(marketing_cost), 0) as marketing,
        coalesce(sum(referral_received), 0) as referral
    from customer_profit
),

counted as (
    select
        coalesce(sum(orders), 0) as orders,
        count(*) filter (where orders > 0) as customers
    from customer_profit_customers
),

settings as (
    select 1 as place, 'service_cost_per_order' as setting, cast($service_cost_per_order as decimal(38, 6)) as stated,
        summed.service as cost, counted.orders as orders_or_customers
    from summed
    cross join counted
    union all
    select 2, 'marketing_cost_per_year', cast($marketing_cost_per_year as decimal(38, 6)), summed.marketing, counted.customers
    from summed
    cross join counted
    union all
    select 3, 'referral_per_order', cast($referral_per_order as decimal(38, 6)), summed.referral, counted.orders
    from summed
    cross join counted
)

select
    setting,
    stated,
    cast(cost as decimal(38, 6)) as cost,
    cast(orders_or_customers as bigint) as orders_or_customers,
    cast(cast(cost as decimal(38, 6)) / nullif(orders_or_customers, 0) as decimal(38, 6)) as measured
from settings
order by place
