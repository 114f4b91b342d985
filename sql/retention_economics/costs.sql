-- Grain: one row per known cost: winning, keeping.
--
-- activity   winning: as in acquisition_by_channel, all its months together; keeping: costs of the kind retention of the last 12 full
--            months
-- cost       money
-- customers  newcomers; of keeping, customers with an order in those 12 months and in the 12 before
-- each       cost / customers; NULL without a customer
--
-- Parameters: none.
with known as (
    select 1 as place, 'winning' as activity, cost, customers from retention_economics_winning
    union all
    select 2, 'keeping', cost, customers from retention_economics_keeping
)

select
    activity,
    cast(sum(cost) as decimal(38, 6)) as cost,
    sum(customers) as customers,
    cast(cast(sum(cost) as decimal(38, 6)) / nullif(sum(customers), 0) as decimal(38, 6)) as each
from known
group by place, activity
order by place
