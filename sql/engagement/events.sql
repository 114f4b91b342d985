-- Grain: one row per customer with an order in the last 365 days; none where no event is known of the days that count.
--
-- customer_id  text
-- measure      events: days with an event of the customer's own accord in the last $engagement_event_days. What a push
--              started is not of the own accord
-- score        1 to 5, the best, as in scores.sql; customers without an event are among the lowest
--
-- Parameters: $as_of, $engagement_event_days.
-- $engagement_event_days must be a whole number from 1 to 3650
with own as (
    select customer_id, count(distinct occurred_at) as days
    from events
    where
        occurred_at <= $as_of
        and occurred_at > cast($as_of as date) - interval $engagement_event_days day
        and not coalesce(from_push, false)
        and customer_id is not null
    group by customer_id
),

buyers as (
    select customer_summary.customer_id, coalesce(own.days, 0) as days
    from customer_summary
    left join own on customer_summary.customer_id = own.customer_id
    where customer_summary.orders_12m > 0 and (select count(*) from own) > 0
),

cuts as (
    select quantile_cuts(distribution(days), 5) as days from buyers
)

select buyers.customer_id, 'events' as measure, score(buyers.days, cuts.days) as score
from buyers
cross join cuts
