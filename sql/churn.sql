-- Grain: one row per customer. Is the next order late, by the customer's own rhythm? Who is gone?
--
-- customer_id      text
-- recency_days     days since the last order
-- gap_days         double: own median gap between days with an order, at least $min_gap_days; NULL with fewer than
--                  three such days: two gaps are the least that can be called a rhythm
-- lateness         double: recency_days / gap_days; NULL likewise
-- late             silent for longer than nine in ten of the own gaps (at least $min_gap_days), and not lost
-- status           new, active, cooling, at_risk, lost, not_known: the first of these that is true
--   lost           silent for $lost_after_days or longer; or late, and for more than $lost_after own gaps
--   at_risk        late, and silent for more than $at_risk_after own gaps
--   cooling        late, or silent for more than $cooling_after own gaps
--   active         has a rhythm
--   new            no rhythm yet, the first order at most $new_days ago
--   not_known      too few orders to tell
-- status_order     1 = new, in the order of the list above: new, active, cooling, at_risk, lost, not_known
-- lost_on          the day on which a customer who is lost became so; NULL for the others
-- revenue_12m      money of the last 365 days
-- revenue_at_risk  money: revenue_12m of those at risk, not below zero; 0 for the others. It can still be kept
--
-- Customers with nothing but returns have no order to wait for: they are not_known, or lost.
--
-- Parameters: $min_gap_days, $cooling_after, $at_risk_after, $lost_after (multiples of the gap), $new_days,
-- $lost_after_days.
-- $min_gap_days must be a number of 1 or more
-- $cooling_after must be a number above 0
-- $at_risk_after must be a number above $cooling_after
-- $lost_after must be a number above $at_risk_after
-- $new_days must be a whole number from 0 to 3650
-- $lost_after_days must be a whole number from 1 to 3650
with rhythms as (
    select
        customer_id,
        last_day,
        recency_days,
        tenure_days,
        active_days,
        revenue_12m,
        case when active_days >= 3 then greatest(median_gap_days, cast($min_gap_days as double)) end as gap_days,
        case when active_days >= 3 then greatest(p90_gap_days, cast($min_gap_days as double)) end as gap_limit
    from customer_summary
),

silences as (
    select
        *,
        cast(recency_days as double) / gap_days as lateness,
        coalesce(cast(recency_days as double) > gap_limit, false) as beyond
    from rhythms
),

judged as (
    select
        *,
        case
            when recency_days >= cast($lost_after_days as bigint) then 5
            when beyond and lateness > cast($lost_after as double) then 5
            when beyond and lateness > cast($at_risk_after as double) then 4
            when beyond or lateness > cast($cooling_after as double) then 3
            when gap_days is not null then 2
            when active_days > 0 and tenure_days <= cast($new_days as bigint) then 1
            else 6
        end as status_order
    from silences
)

select
    customer_id,
    recency_days,
    gap_days,
    lateness,
    beyond and status_order <> 5 as late,
    case status_order
        when 1 then 'new'
        when 2 then 'active'
        when 3 then 'cooling'
        when 4 then 'at_risk'
        when 5 then 'lost'
        else 'not_known'
    end as status,
    status_order,
    case
        when status_order = 5
            then last_day + cast(
                least(
                    cast($lost_after_days as double),
                    -- The first whole day beyond both bounds; without a rhythm there is none.
                    coalesce(floor(greatest(cast($lost_after as double) * gap_days, gap_limit)) + 1, 3650)
                ) as int
            )
    end as lost_on,
    revenue_12m,
    case when status_order = 4 and revenue_12m > 0 then revenue_12m else revenue_12m - revenue_12m end as revenue_at_risk
from judged
order by customer_id
