-- As core.sql: what customers bring after costs.
with totals as (
    select
        cast(count(*) as double) as customers,
        cast(sum(revenue) as double) as revenue,
        cast(sum(product_cost) as double) as product_cost,
        cast(sum(service_cost) as double) as service_cost,
        cast(sum(marketing_cost) as double) as marketing_cost,
        cast(sum(retention_cost) as double) as retention_cost,
        cast(sum(reward_cost) as double) as reward_cost,
        cast(sum(other_cost) as double) as other_cost,
        cast(sum(own_costs) as double) as own_costs,
        cast(sum(shared_costs) as double) as shared_costs,
        cast(sum(own_profit) as double) as own_profit,
        cast(sum(profit) as double) as profit,
        cast(count(case when profit < 0 then 1 end) as double) as losing,
        cast(sum(case when profit < 0 then profit else 0 end) as double) as loss
    from customer_profit
),

components (component, amount) as (
    select 'revenue', revenue from totals
    union all
    select 'product_cost', -product_cost from totals
    union all
    select 'service_cost', -service_cost from totals
    union all
    select 'marketing_cost', -marketing_cost from totals
    union all
    select 'retention_cost', -retention_cost from totals
    union all
    select 'reward_cost', -reward_cost from totals
    union all
    select 'other_cost', -other_cost from totals
    union all
    select 'profit', profit from totals
),

kinds (kind, amount) as (
    select 'service', service_cost from totals
    union all
    select 'marketing', marketing_cost from totals
    union all
    select 'retention', retention_cost from totals
    union all
    select 'reward', reward_cost from totals
    union all
    select 'other', other_cost from totals
    union all
    select 'all', own_costs + shared_costs from totals
),

-- The best customers, by tenths.
customers_here as (
    select cast(count(*) as double) as customers, cast(sum(revenue_12m) as double) as revenue from customer_rank
)

select concat('sum of ', components.component) as figure, 'customer_profit_components' as one, 'customer_profit' as other,
    coalesce(cast(listed.amount as double), 0) as here, components.amount as there
    from components left join customer_profit_components as listed on listed.component = components.component
union all
select 'profit', 'customer_profit', 'its own profit', totals.profit, totals.own_profit from totals
union all
select 'profit', 'customer_profit_components', 'its steps', cast(max(case when component = 'profit' then amount end) as double),
    cast(sum(case when component <> 'profit' then amount else 0 end) as double) from customer_profit_components
union all
select concat('costs of ', kinds.kind), 'customer_profit_reconciled', 'customer_profit', cast(listed.in_customers as double), kinds.amount
    from kinds inner join customer_profit_reconciled as listed on listed.kind = kinds.kind
union all
select concat('costs of ', listed.kind), 'customer_profit_reconciled', 'its parts', cast(listed.cost as double), cast(listed.own + listed.by_channel + listed.by_all + listed.left_over as double)
    from customer_profit_reconciled as listed
union all
select concat('costs of ', listed.kind), 'customer_profit_pools', 'customer_profit_reconciled', coalesce(pools.cost, 0), cast(listed.cost as double)
    from customer_profit_reconciled as listed
    left join (select kind, cast(sum(cost) as double) as cost from customer_profit_pools group by kind) as pools on pools.kind = listed.kind
    where listed.kind <> 'all'
union all
select 'customers', 'customer_profit_tenths', 'customer_profit', parts.customers, totals.customers
    from totals cross join (select cast(sum(customers) as double) as customers from customer_profit_tenths having count(*) > 0) as parts
union all
select 'profit', 'customer_profit_tenths', 'customer_profit', parts.profit, totals.profit
    from totals cross join (select cast(sum(profit) as double) as profit from customer_profit_tenths having count(*) > 0) as parts
union all
select 'customers below zero', 'customer_profit_tenths', 'customer_profit', parts.losing, totals.losing
    from totals cross join (select cast(sum(below_zero) as double) as losing from customer_profit_tenths having count(*) > 0) as parts
union all
select 'customers below zero', 'customer_profit_losses', 'customer_profit', (select cast(count(*) as double) from customer_profit_losses), totals.losing from totals
union all
select 'loss', 'customer_profit_losses', 'customer_profit', (select cast(coalesce(sum(profit), 0) as double) from customer_profit_losses), totals.loss from totals
union all
select 'costs of service', 'customer_profit_settings', 'customer_profit_reconciled', cast(settings.cost as double), cast(listed.in_customers as double)
    from customer_profit_settings as settings cross join customer_profit_reconciled as listed
    where settings.setting = 'service_cost_per_order' and listed.kind = 'service'
union all
select 'revenue of twelve months', 'customer_profit', 'monthly', totals.revenue, months.revenue
    from totals
    cross join (
        select cast(sum(revenue) as double) as revenue
        from (select revenue, row_number() over (order by month desc) as place from monthly where complete) as ordered
        where place <= 12
    ) as months
union all
select 'customers of the year', 'profit_deciles', 'customer_rank', parts.customers, customers_here.customers
    from customers_here cross join (select cast(sum(customers) as double) as customers from profit_deciles having count(*) > 0) as parts
union all
select 'revenue of the year', 'profit_deciles', 'customer_rank', parts.revenue, customers_here.revenue
    from customers_here cross join (select cast(sum(revenue) as double) as revenue from profit_deciles having count(*) > 0) as parts
union all
select concat('customers of tenth ', cast(profit_deciles.decile as varchar)), 'profit_deciles', 'customer_rank', cast(profit_deciles.customers as double), cast(count(*) as double)
    from profit_deciles inner join customer_rank on customer_rank.decile = profit_deciles.decile
    group by profit_deciles.decile, profit_deciles.customers
union all
select concat('customers of size ', sizes.size), 'profit_deciles_sizes', 'profit_deciles', cast(sizes.customers as double), cast(sum(profit_deciles.customers) as double)
    from profit_deciles_sizes as sizes inner join profit_deciles on profit_deciles.size = sizes.size
    group by sizes.size, sizes.customers
union all
select concat('profit of size ', sizes.size), 'profit_deciles_sizes', 'profit_deciles', cast(sizes.profit as double), cast(sum(profit_deciles.profit) as double)
    from profit_deciles_sizes as sizes inner join profit_deciles on profit_deciles.size = sizes.size
    group by sizes.size, sizes.profit
union all
select concat('losing of size ', sizes.size), 'profit_deciles_sizes', 'profit_deciles', cast(sizes.losing as double), cast(sum(profit_deciles.losing) as double)
    from profit_deciles_sizes as sizes inner join profit_deciles on profit_deciles.size = sizes.size
    group by sizes.size, sizes.losing
union all
select 'profit on goods with a known cost', 'profit_deciles', 'pareto', parts.profit, cast(pareto.amount as double)
    from pareto cross join (select cast(sum(costed_revenue - known_cost) as double) as profit from profit_deciles having count(*) > 0) as parts
    where pareto.basis = 'profit' and not exists (
        select 1 from customer_summary left join customer_rank on customer_rank.customer_id = customer_summary.customer_id
        where customer_rank.customer_id is null and customer_summary.last_day > (select max(last_day) from customer_summary) - interval '365 days'
    )
union all
select 'active customers with a value', 'retention_economics_lost', 'churn', cast(lost.active as double), cast(valued.customers as double)
    from retention_economics_lost as lost
    cross join (select count(*) as customers from churn inner join customer_value on customer_value.customer_id = churn.customer_id where churn.status = 'active') as valued
union all
select 'value of active customers', 'retention_economics_lost', 'customer_value', cast(lost.active_value as double), valued.value
    from retention_economics_lost as lost
    cross join (select cast(sum(customer_value.value) as double) as value from churn inner join customer_value on customer_value.customer_id = churn.customer_id where churn.status = 'active') as valued
union all
select 'customers lost in the period', 'retention_economics_lost', 'churn', cast(lost.customers as double), cast(counted.customers as double)
    from retention_economics_lost as lost
    cross join (
        select count(*) as customers from churn cross join periods
        where churn.status = 'lost' and churn.lost_on between periods.period_start and periods.period_end
    ) as counted
union all
select 'cost of winning', 'retention_economics_costs', 'acquisition_by_channel', cast(costs.cost as double), parts.cost
    from retention_economics_costs as costs cross join (select cast(sum(cost) as double) as cost from acquisition_by_channel having count(*) > 0) as parts
    where costs.activity = 'winning'
union all
select 'customers won', 'retention_economics_costs', 'acquisition_by_channel', cast(costs.customers as double), parts.customers
    from retention_economics_costs as costs cross join (select cast(sum(customers) as double) as customers from acquisition_by_channel having count(*) > 0) as parts
    where costs.activity = 'winning'
union all
select 'cost of keeping', 'retention_economics_costs', 'customer_profit_reconciled', cast(costs.cost as double), cast(listed.cost as double)
    from retention_economics_costs as costs cross join customer_profit_reconciled as listed
    where costs.activity = 'keeping' and listed.kind = 'retention'
union all
select 'retention', 'retention_what_if', 'indicators', retention_what_if.retention, cast(indicators.value as double)
    from retention_what_if cross join indicators where retention_what_if.scenario = 'now' and indicators.indicator = 'retention_rate'
