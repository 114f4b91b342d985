-- Grain: one row per kind of cost, customer and channel of the source costs in the last 12 full months. A cost that is NULL is none.
--
-- kind         service, marketing, retention, reward; other: any other word
-- customer_id  whom it names; NULL where it names nobody
-- is_known     the customer has a transaction; NULL where it names nobody
-- channel      the channel that it names, if it names no customer
-- entries, cost  rows of the source, and money
--
-- Parameters: $as_of.
with entries as (
    select
        case when kind in ('service', 'marketing', 'retention', 'reward') then kind else 'other' end as kind,
        customer_id,
        case when customer_id is null then channel end as channel,
        count(*) as entries,
        sum(cast(cost as decimal(38, 6))) as cost
    from costs
    where
        month >= cast(date_trunc('month', cast($as_of as date) + interval '1 day') - interval '12 months' as date)
        and month < cast(date_trunc('month', cast($as_of as date) + interval '1 day') as date)
        and month <= $as_of
        and cost is not null
    group by 1, 2, 3
)

select
    entries.kind,
    entries.customer_id,
    case when entries.customer_id is not null then customer_summary.customer_id is not null end as is_known,
    entries.channel,
    entries.entries,
    entries.cost
from entries
left join customer_summary on entries.customer_id = customer_summary.customer_id
