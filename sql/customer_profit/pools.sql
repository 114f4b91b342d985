-- Grain: one row per kind of cost and way in which it is shared out, of the last 12 full months of the source costs.
--
-- kind     service, marketing, retention, reward; other: any other word
-- basis    customer: a customer's own; channel: by revenue among customers who came through that channel; all: by revenue among
--          all; stranger: of a customer without any transaction, shared out to nobody; nobody: no customer has revenue above
--          zero to share it by
-- channel  of basis channel; NULL of others. A channel without such revenue is shared among all
-- entries, cost  rows of the source, and money
--
-- Parameters: $as_of.
with months as (
    select
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') - interval '12 months' as date) as first_day,
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') as date) as open_month
),

channels as (
    select channel from customer_profit_customers where channel is not null and revenue > 0 group by channel
),

everybody as (
    select count(*) filter (where revenue > 0) as customers from customer_profit_customers
),

entries as (
    select
        case when costs.kind in ('service', 'marketing', 'retention', 'reward') then costs.kind else 'other' end as kind,
        case
            when costs.customer_id is not null and customer_summary.customer_id is not null then 'customer'
            when costs.customer_id is not null then 'stranger'
            when channels.channel is not null then 'channel'
            when everybody.customers > 0 then 'all'
            else 'nobody'
        end as basis,
        case when costs.customer_id is null then channels.channel end as channel,
        cast(costs.cost as decimal(38, 6)) as cost
    from costs
    cross join months
    cross join everybody
    left join customer_summary on costs.customer_id = customer_summary.customer_id
    left join channels on costs.channel = channels.channel
    where
        costs.month >= months.first_day
        and costs.month < months.open_month
        and costs.month <= $as_of
        and costs.cost is not null
)

select
    kind,
    basis,
    channel,
    count(*) as entries,
    sum(cost) as cost
from entries
group by kind, basis, channel
order by
    case kind when 'service' then 1 when 'marketing' then 2 when 'retention' then 3 when 'reward' then 4 else 5 end,
    case basis when 'customer' then 1 when 'channel' then 2 when 'all' then 3 when 'stranger' then 4 else 5 end,
    channel
