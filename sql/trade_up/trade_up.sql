-- Grain: one row per main rung before and now that a customer connects; the lowest rung before first.
--
-- from_rung, to_rung  NULL: no purchase of goods with a rung in those days
-- direction           up, same or down; NULL unless both are known
-- customers           count
-- of_customers        all with that rung before (or none)
-- share               the quotient
-- revenue_before, revenue  money on the main rung, then and now
--
-- Parameters: none.
with pairs as (
    select
        rung_before as from_rung,
        rung_now as to_rung,
        count(*) as customers,
        coalesce(sum(revenue_before), 0) as revenue_before,
        coalesce(sum(revenue_now), 0) as revenue
    from trade_up_main
    group by rung_before, rung_now
)

select
    from_rung,
    to_rung,
    case when to_rung > from_rung then 'up' when to_rung = from_rung then 'same' when to_rung < from_rung then 'down' end as direction,
    customers,
    sum(customers) over (partition by from_rung) as of_customers,
    cast(customers as double) / sum(customers) over (partition by from_rung) as share,
    revenue_before,
    revenue
from pairs
order by from_rung nulls last, to_rung nulls last
