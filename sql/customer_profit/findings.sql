-- Grain: one row if $least_customers customers or more brought less than they cost in the last 12 full months, and that took off
-- $customer_profit_loss of the profit of all others or more; else none.
--
-- money         what they cost more than they brought, in a year
-- value         its share of the profit of all others
-- customers, of_customers
--
-- Parameters: $customer_profit_loss, $least_customers.
-- $least_customers must be a whole number of 1 or more
with summed as (
    select
        -sum(profit) filter (where profit < 0) as lost,
        sum(profit) filter (where profit >= 0) as gained,
        count(*) filter (where profit < 0) as negative,
        count(*) as customers
    from customer_profit
)

select
    'customer_profit_below_zero' as rule,
    cast(lost as decimal(38, 6)) as money,
    cast(cast(lost as double) / cast(gained as double) as decimal(38, 6)) as value,
    cast(null as decimal(38, 6)) as before,
    cast(null as decimal(38, 6)) as change,
    negative as customers,
    customers as of_customers,
    cast(null as varchar) as name,
    'customer_profit_losses' as step,
    false as of_data
from summed
where
    negative >= $least_customers
    and gained > 0
    and cast(cast(lost as double) / cast(gained as double) as decimal(38, 9)) >= cast($customer_profit_loss as decimal(38, 9))
