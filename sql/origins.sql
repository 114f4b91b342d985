-- Grain: one row: the days in the past from which models are judged, each by the window of days after it. All of it
-- lies in history: nothing here is a forecast. The contest and the early warning each have a step of it, with windows of their own.
--
-- window_days         days of each window: $window_days, or a third of history, $most_days at most
-- origin_1 ... 3      the last days that count as known, half a window apart, the latest first: one window before $as_of;
--                     NULL where less than a window of history lies before it
-- customers           with an order
-- share_drawn         share of them that is judged: all, or about $draw of them
--
-- Parameters: $as_of, $window_days (0: by history), $most_days, $draw.
-- $window_days must be a whole number from 0 to 3650
-- $most_days must be a whole number from 1 to 3650
-- $draw must be a whole number of 1 or more
with history as (
    select
        -- Days of history, the first one and $as_of among them.
        cast($as_of as date) - min(first_day) + 1 as days,
        count(*) as customers
    from customer_summary
    where orders > 0
),

windows as (
    select
        days,
        customers,
        cast(case when $window_days > 0 then $window_days else least($most_days, days / 3) end as bigint) as window_days
    from history
)

select
    window_days,
    case when window_days > 0 and days >= 2 * window_days then cast($as_of as date) - cast(window_days as int) end as origin_1,
    case when window_days > 0 and 2 * days >= 5 * window_days then cast($as_of as date) - cast(window_days * 3 / 2 as int) end as origin_2,
    case when window_days > 0 and days >= 3 * window_days then cast($as_of as date) - cast(window_days * 2 as int) end as origin_3,
    customers,
    case when customers > $draw then cast($draw as double) / customers else 1 end as share_drawn
from windows
