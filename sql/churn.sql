-- Grain: one row per customer. How late is the next order, by the customer's own rhythm?
--
-- customer_id      text
-- recency_days     days since the last order
-- gap_days         double: own median gap between days with an order, at least $min_gap_days; with fewer than
--                  three such days, the population's. NULL where nobody ever came back
-- lateness         double: recency_days / gap_days
-- late             beyond the own 90th percentile of gaps (same minimum; same use of the population's)
-- status           by lateness: active up to $cooling_after, cooling up to $at_risk_after, at_risk up to
--                  $lost_after, then lost
-- status_order     1 = active
-- revenue_12m      money of the last 365 days
-- revenue_at_risk  money: revenue_12m of those at_risk or lost, not below zero; 0 for the others. After a year
--                  of silence it is 0
--
-- The population's gap is the median of the own gaps of all customers with at least three days with an order.
-- So each counts once, however often he buys. If there are none, it is that of those with two.
--
-- Parameters: $min_gap_days, $cooling_after, $at_risk_after, $lost_after (multiples of the gap).
-- $min_gap_days must be a number of 1 or more
-- $cooling_after must be a number above 0
-- $at_risk_after must be a number above $cooling_after
-- $lost_after must be a number above $at_risk_after
with rhythms as (
    select
        customer_id,
        recency_days,
        revenue_12m,
        -- A rhythm needs two gaps at least.
        case when active_days >= 3 then median_gap_days end as own_gap,
        case when active_days >= 3 then p90_gap_days end as own_limit,
        median_gap_days as any_gap,
        p90_gap_days as any_limit
    from customer_summary
),

population as (
    select
        coalesce(median(own_gap), median(any_gap)) as gap,
        coalesce(median(own_limit), median(any_limit)) as gap_limit
    from rhythms
),

-- The own gap, or else the population's; NULL where nobody ever came back.
known as (
    select
        customer_id,
        recency_days,
        revenue_12m,
        coalesce(own_gap, (select gap from population)) as gap_days,
        coalesce(own_limit, (select gap_limit from population)) as gap_limit
    from rhythms
),

gaps as (
    select
        customer_id,
        recency_days,
        revenue_12m,
        case when gap_days is not null then greatest(gap_days, cast($min_gap_days as double)) end as gap_days,
        case when gap_limit is not null then greatest(gap_limit, cast($min_gap_days as double)) end as gap_limit
    from known
),

judged as (
    select
        customer_id,
        recency_days,
        revenue_12m,
        gap_days,
        cast(recency_days as double) / gap_days as lateness,
        gap_limit is not null and cast(recency_days as double) > gap_limit as late,
        case
            when cast(recency_days as double) / gap_days > cast($lost_after as double) then 4
            when cast(recency_days as double) / gap_days > cast($at_risk_after as double) then 3
            when cast(recency_days as double) / gap_days > cast($cooling_after as double) then 2
            else 1
        end as status_order
    from gaps
)

select
    customer_id,
    recency_days,
    gap_days,
    lateness,
    late,
    case status_order when 1 then 'active' when 2 then 'cooling' when 3 then 'at_risk' else 'lost' end as status,
    status_order,
    revenue_12m,
    case when status_order >= 3 and revenue_12m > 0 then revenue_12m else revenue_12m - revenue_12m end
        as revenue_at_risk
from judged
order by customer_id
