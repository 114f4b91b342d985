-- Grain: one row per customer with a cost of the last 12 full months, own or shared out, and kind of it.
--
-- customer_id, kind
-- own     the customer's own costs
-- shared  shared out by revenue, to the cent; all pieces of a pool add up to it (customer_profit_shares)
--
-- Parameters: none.
with own as (
    select customer_id, kind, sum(cost) as own
    from customer_profit_entries
    where is_known
    group by customer_id, kind
),

pieces as (
    select
        customer_profit_shares.customer_id,
        customer_profit_pools.kind,
        customer_profit_pools.cost,
        customer_profit_shares.all_from as from_share,
        customer_profit_shares.all_to as to_share
    from customer_profit_shares
    cross join customer_profit_pools
    where customer_profit_pools.basis = 'all' and customer_profit_shares.all_to > customer_profit_shares.all_from
    union all
    select
        customer_profit_shares.customer_id,
        customer_profit_pools.kind,
        customer_profit_pools.cost,
        customer_profit_shares.channel_from,
        customer_profit_shares.channel_to
    from customer_profit_shares
    inner join customer_profit_pools on customer_profit_shares.channel = customer_profit_pools.channel
    where customer_profit_pools.basis = 'channel' and customer_profit_shares.channel_to > customer_profit_shares.channel_from
),

shared as (
    select
        customer_id,
        kind,
        sum(
            case when to_share >= 1 then cost else cast(round(cast(cost as double) * to_share, 2) as decimal(38, 6)) end
            - cast(round(cast(cost as double) * from_share, 2) as decimal(38, 6))
        ) as shared
    from pieces
    group by customer_id, kind
)

select
    coalesce(own.customer_id, shared.customer_id) as customer_id,
    coalesce(own.kind, shared.kind) as kind,
    coalesce(own.own, cast(0 as decimal(38, 6))) as own,
    coalesce(shared.shared, cast(0 as decimal(38, 6))) as shared
from own
full outer join shared on own.customer_id = shared.customer_id and own.kind = shared.kind
