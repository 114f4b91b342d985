-- Grain: one row per kind of cost, and all together last: what the source has in the last 12 full months, and where it went.
--
-- kind         service, marketing, retention, reward, other; all
-- cost         money in the source
-- own          to customers who are named
-- by_channel   shared out among the customers who came through a channel
-- by_all       shared out among all
-- left_over    of strangers, or nobody to share it by: in no customer's profit
-- in_customers sum over customer_profit: cost less left_over
--
-- Parameters: $as_of.
with months as (
    select
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') - interval '12 months' as date) as first_day,
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') as date) as open_month
),

source as (
    select
        case when costs.kind in ('service', 'marketing', 'retention', 'reward') then costs.kind else 'other' end as kind,
        sum(cast(costs.cost as decimal(38, 6))) as cost
    from costs
    cross join months
    where costs.month >= months.first_day and costs.month < months.open_month and costs.month <= $as_of
    group by 1
),

pools as (
    select
        kind,
        coalesce(sum(cost) filter (where basis = 'customer'), 0) as own,
        coalesce(sum(cost) filter (where basis = 'channel'), 0) as by_channel,
        coalesce(sum(cost) filter (where basis = 'all'), 0) as by_all,
        coalesce(sum(cost) filter (where basis in ('stranger', 'nobody')), 0) as left_over
    from customer_profit_pools
    group by kind
),

charged as (
    select 'service' as kind, sum(service_cost) as cost from customer_profit
    union all
    select 'marketing', sum(marketing_cost) from customer_profit
    union all
    select 'retention', sum(retention_cost) from customer_profit
    union all
    select 'reward', sum(reward_cost) from customer_profit
    union all
    select 'other', sum(other_cost) from customer_profit
),

joined as (
    select
        charged.kind,
        coalesce(source.cost, 0) as cost,
        coalesce(pools.own, 0) as own,
        coalesce(pools.by_channel, 0) as by_channel,
        coalesce(pools.by_all, 0) as by_all,
        coalesce(pools.left_over, 0) as left_over,
        coalesce(charged.cost, 0) as in_customers
    from charged
    left join source on charged.kind = source.kind
    left join pools on charged.kind = pools.kind
)

select kind, cost, own, by_channel, by_all, left_over, in_customers
from (
    select
        *,
        case kind when 'service' then 1 when 'marketing' then 2 when 'retention' then 3 when 'reward' then 4 else 5 end as place
    from joined
    where cost <> 0 or in_customers <> 0
    union all
    select 'all', sum(cost), sum(own), sum(by_channel), sum(by_all), sum(left_over), sum(in_customers), 6 from joined
)
order by place
