-- Grain: one row: what losing a customer costs, and the customers who became lost (churn) in the last full period.
--
-- active, active_value  customers with the status active (churn) and a predicted value after costs, and the sum of it; NULL without one
-- mean_active           active_value / active: what the shop expects of one of them
-- replacement           money: what winning one customer cost (retention_economics_winning); NULL where that is not known
-- cost_of_one           mean_active + replacement; NULL without either
-- customers             who became lost
-- valued                of these, with a predicted value after costs one period ago and today
-- value_before, value   money: the sum of it (customer_value), one period ago and today; NULL where nothing is known of before
-- value_lost            value_before less value
-- mean_lost             value_lost / valued
--
-- Whoever becomes lost has been silent for long: most of the value went before. So a loss is priced by what an active customer is
-- worth.
--
-- Parameters: $period_start, $period_end.
with gone as (
    select customer_id from churn where status = 'lost' and lost_on between $period_start and $period_end
),

valued as (
    select
        count(*) as valued,
        sum(earlier.value) as value_before,
        sum(customer_value.value) as value
    from gone
    inner join customer_value on gone.customer_id = customer_value.customer_id
    inner join previous.customer_value as earlier on gone.customer_id = earlier.customer_id
),

counted as (
    select count(*) as customers from gone
),

staying as (
    select count(*) as customers, sum(customer_value.value) as value
    from churn
    inner join customer_value on churn.customer_id = customer_value.customer_id
    where churn.status = 'active'
),

winning as (
    select sum(cost) as cost, sum(customers) as customers from retention_economics_winning
)

select
    staying.customers as active,
    cast(staying.value as decimal(38, 6)) as active_value,
    cast(staying.value / nullif(staying.customers, 0) as decimal(38, 6)) as mean_active,
    cast(winning.cost / nullif(winning.customers, 0) as decimal(38, 6)) as replacement,
    cast(
        cast(staying.value / nullif(staying.customers, 0) as decimal(38, 6))
        + cast(winning.cost / nullif(winning.customers, 0) as decimal(38, 6)) as decimal(38, 6)
    ) as cost_of_one,
    counted.customers,
    valued.valued,
    cast(valued.value_before as decimal(38, 6)) as value_before,
    cast(valued.value as decimal(38, 6)) as value,
    cast(valued.value_before - valued.value as decimal(38, 6)) as value_lost,
    cast(cast(valued.value_before - valued.value as decimal(38, 6)) / nullif(valued.valued, 0) as decimal(38, 6)) as mean_lost
from counted
cross join valued
cross join winning
cross join staying
