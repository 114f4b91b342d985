-- Grain: one row per component of the profit of all customers in the last 12 full months, as steps from revenue to profit; costs
-- of zero are left out. None where no customer has a row.
--
-- component      revenue, product_cost, service_cost, marketing_cost, retention_cost, reward_cost, other_cost, profit
-- amount         money; a cost is below zero
-- is_total       revenue, profit
-- each           amount / customers
-- revenue_share  amount / revenue; NULL where that is not above zero
--
-- What is credited for recommendations is taken from another customer, so it is no component of the sum.
--
-- Parameters: none.
with summed as (
    select
        count(*) as customers,
        sum(revenue) as revenue,
        sum(product_cost) as product_cost,
        sum(service_cost) as service_cost,
        sum(marketing_cost) as marketing_cost,
        sum(retention_cost) as retention_cost,
        sum(reward_cost) as reward_cost,
        sum(other_cost) as other_cost,
        sum(profit) as profit
    from customer_profit
),

components as (
    select 1 as place, 'revenue' as component, revenue as amount, true as is_total, customers, revenue from summed
    union all
    select 2, 'product_cost', -product_cost, false, customers, revenue from summed
    union all
    select 3, 'service_cost', -service_cost, false, customers, revenue from summed
    union all
    select 4, 'marketing_cost', -marketing_cost, false, customers, revenue from summed
    union all
    select 5, 'retention_cost', -retention_cost, false, customers, revenue from summed
    union all
    select 6, 'reward_cost', -reward_cost, false, customers, revenue from summed
    union all
    select 7, 'other_cost', -other_cost, false, customers, revenue from summed
    union all
    select 8, 'profit', profit, true, customers, revenue from summed
)

select
    component,
    amount,
    is_total,
    cast(amount / customers as decimal(38, 6)) as each,
    case when revenue > 0 then cast(amount as double) / cast(revenue as double) end as revenue_share
from components
where customers > 0 and (is_total or amount <> 0)
order by place
