-- Grain: one row per component of the predicted value after costs, that value last. A cost that nobody stated, which
-- is zero, is left out.
--
-- component      key
-- amount         money; what is taken off is below zero
-- revenue_share  amount / revenue; NULL without revenue
--
-- Parameters: none.
with components as (
    select 1 as number, 'revenue' as component, revenue as amount, revenue from equity
    union all
    select 2, 'product_cost', -product_cost, revenue from equity
    union all
    select 3, 'service_cost', -service_cost, revenue from equity
    union all
    select 4, 'marketing_cost', -marketing_cost, revenue from equity
    union all
    select 5, 'referral', referral, revenue from equity
    union all
    select 6, 'value', value, revenue from equity
)

select
    component,
    amount,
    case when revenue > 0 then cast(amount as double) / cast(revenue as double) end as revenue_share
from components
where component = 'value' or amount <> 0
order by number
