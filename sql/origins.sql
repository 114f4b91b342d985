-- Grain: one row: the days in the past from which models are judged, each by the window of days after it. All of it
-- lies in history: nothing here is a forecast. The contest and the early warning each have a step of it, with their own windows.
--
-- window_days         days of each window: $window_days, or a third of history, $most_days at most. If that leaves fewer
--                     than 100 customers before origin_1, a third of the days since there are 100
-- origin_1 ... 3      the last days that count as known, half a window apart, the latest first: one window before $as_of;
--                     NULL where less than a window of history lies before it
-- customers           with an order on a day of history
-- share_drawn         share of them that is judged: all, or about $draw of them
-- begins              the first day of history
-- stray_orders        orders before it, too few and too far away to belong to the shop's history: a mistyped date, a
--                     test of the till. Usually 0
-- stray_first, stray_last  the first and the last day with one; NULL without any
-- stray_gap_days      days from stray_last to begins; NULL likewise
--
-- History begins after the last silence with all of this: no more than 3 customers came before it, or no more than 1 % of
-- all; it lasts 30 days or more, and a tenth of all that follows or more; 20 or more customers came after it; and at their
-- pace 20 or more would have come during it.
--
-- Parameters: $as_of, $window_days (0: by history), $most_days, $draw.
-- $window_days must be a whole number from 0 to 3650
-- $most_days must be a whole number from 1 to 3650
-- $draw must be a whole number of 1 or more
with per_day as (
    select
        day,
        sum(orders) as orders,
        count(*) filter (where gap_days is null) as newcomers
    from customer_day
    where orders > 0 and day <= $as_of
    group by day
),

running as (
    select
        day,
        newcomers,
        sum(orders) over (order by day) - orders as orders_before,
        sum(newcomers) over (order by day) as customers,
        sum(newcomers) over () as all_customers,
        lag(day) over (order by day) as day_before,
        first_value(day) over (order by day) as first_day,
        cast($as_of as date) - day + 1 as days
    from per_day
),

silences as (
    select
        *,
        customers - newcomers as customers_before,
        day - day_before as gap_days
    from running
    where day_before is not null
),

outlying as (
    select
        day,
        orders_before,
        first_day,
        day_before,
        gap_days,
        row_number() over (order by day desc) as number
    from silences
    where
        (customers_before <= 3 or 100 * customers_before <= all_customers)
        and gap_days >= 30
        and 10 * gap_days >= days
        and all_customers - customers_before >= 20
        and gap_days * (all_customers - customers_before) >= 20 * days
),

since as (
    select
        coalesce(max(outlying.day), min(per_day.day)) as begins,
        coalesce(max(outlying.orders_before), 0) as stray_orders,
        max(outlying.first_day) as stray_first,
        max(outlying.day_before) as stray_last,
        max(outlying.gap_days) as stray_gap_days
    from per_day
    left join outlying on outlying.number = 1
),

history as (
    select
        -- Days of history, the first one and $as_of among them.
        cast($as_of as date) - max(since.begins) + 1 as days,
        -- The same from the day on by which 100 customers had come.
        cast($as_of as date) - min(running.day) filter (where running.customers >= 100) + 1 as days_of_enough,
        coalesce(max(running.customers) - max(case when running.day < since.begins then running.customers else 0 end), 0) as customers
    from running
    cross join since
),

windows as (
    select
        days,
        customers,
        cast(
            case
                when $window_days > 0 then $window_days
                when days_of_enough <= least($most_days, days / 3) then days_of_enough / 3
                else least($most_days, days / 3)
            end as bigint
        ) as window_days
    from history
)

select
    window_days,
    case when window_days > 0 and days >= 2 * window_days then cast($as_of as date) - cast(window_days as int) end as origin_1,
    case when window_days > 0 and 2 * days >= 5 * window_days then cast($as_of as date) - cast(window_days * 3 / 2 as int) end as origin_2,
    case when window_days > 0 and days >= 3 * window_days then cast($as_of as date) - cast(window_days * 2 as int) end as origin_3,
    customers,
    case when customers > $draw then cast($draw as double) / customers else 1 end as share_drawn,
    begins,
    stray_orders,
    stray_first,
    stray_last,
    stray_gap_days
from windows
cross join since
