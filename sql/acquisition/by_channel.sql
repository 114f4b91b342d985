-- Grain: one row per channel with a known cost of winning customers, the one with the most newcomers first.
--
-- channel, customers, cost, cost_a_customer, margin_to_date, value_ahead, lifetime_value, value_to_cost
--                   as in acquisition, over all its months together
-- months            months with a cost
-- months_paid_back  of these: the newcomers have brought back their cost
-- payback_month     median age at which these did; NULL where none has
--
-- Parameters: none.
with summed as (
    select
        channel,
        sum(customers) as customers,
        sum(cost) as cost,
        sum(margin_to_date * customers) as margin_to_date,
        sum(value_ahead * customers) as value_ahead,
        count(*) as months,
        count(payback_month) as months_paid_back,
        median(cast(payback_month as double)) as payback_month
    from acquisition
    group by channel
)

select
    channel,
    customers,
    cost,
    cast(cast(cost as decimal(38, 6)) / nullif(customers, 0) as decimal(38, 6)) as cost_a_customer,
    cast(margin_to_date / nullif(customers, 0) as decimal(38, 6)) as margin_to_date,
    cast(value_ahead / nullif(customers, 0) as decimal(38, 6)) as value_ahead,
    cast((margin_to_date + value_ahead) / nullif(customers, 0) as decimal(38, 6)) as lifetime_value,
    cast(margin_to_date + value_ahead as double) / nullif(cast(cost as double), 0) as value_to_cost,
    months,
    months_paid_back,
    payback_month
from summed
order by customers desc, channel
