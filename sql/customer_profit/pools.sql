-- Grain: one row per kind of cost and way in which it is shared out, of the last 12 full months of the source costs.
--
-- kind     service, marketing, retention, reward; other: any other word
-- basis    customer: a customer's own; channel: by revenue among customers who came through that channel; all: by revenue among
--          all; stranger: of a customer without any transaction, shared out to nobody; nobody: no customer has revenue above
--          zero to share it by
-- channel  of basis channel; NULL of others. A channel without such revenue is shared among all
-- entries, cost  rows of the source, and money
--
-- Parameters: none.
with channels as (
    select channel from customer_profit_customers where channel is not null and revenue > 0 group by channel
),

everybody as (
    select count(*) filter (where revenue > 0) as customers from customer_profit_customers
),

entries as (
    select
        customer_profit_entries.kind,
        case
            when customer_profit_entries.is_known then 'customer'
            when not customer_profit_entries.is_known then 'stranger'
            when channels.channel is not null then 'channel'
            when everybody.customers > 0 then 'all'
            else 'nobody'
        end as basis,
        channels.channel,
        customer_profit_entries.entries,
        customer_profit_entries.cost
    from customer_profit_entries
    cross join everybody
    left join channels on customer_profit_entries.channel = channels.channel
)

select
    kind,
    basis,
    channel,
    sum(entries) as entries,
    sum(cost) as cost
from entries
group by kind, basis, channel
order by
    case kind when 'service' then 1 when 'marketing' then 2 when 'retention' then 3 when 'reward' then 4 else 5 end,
    case basis when 'customer' then 1 when 'channel' then 2 when 'all' then 3 when 'stranger' then 4 else 5 end,
    channel
