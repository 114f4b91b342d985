-- Grain: one row per origin (the last day that counts as known) and kind of customer: what was known of customers
-- then, and what they did in the window after it. Models are fitted on the first and judged by the second
-- (`model: contest`).
--
-- known_until   the origin
-- window_days   days of the window after it
-- repeat_days   active days after the first, up to the origin
-- span_days     days from the first active day to the last one up to the origin
-- tenure_days   days from the first active day to the origin
-- days_before   active days in the window of the same length that ends with the origin, the first day among them
-- days_after    active days in the window after the origin
-- customers     count
-- ln_gaps       sum of the natural logarithms of all their gaps up to the origin
--
-- An active day is one with an order, since history began (`begins` in origins). Only customers with one by the origin count.
--
-- Parameters: $as_of.
with counted as (
    select
        customer_id,
        day,
        -- A gap that began before history did does not count.
        case when day - (select begins from origins) >= gap_days then gap_days end as gap_days
    from customer_day
    where
        orders > 0
        and day <= $as_of
        and day >= (select begins from origins)
        and draw(customer_id) < (select share_drawn from origins)
),

days as (
    select
        customer_id,
        day,
        gap_days,
        -- Exact: the sum does not depend on the order of rows.
        case when gap_days > 0 then cast(ln(cast(gap_days as double)) as decimal(18, 12)) end as ln_gap,
        day <= (select origin_1 from origins) as known_1,
        day <= (select origin_2 from origins) as known_2,
        day <= (select origin_3 from origins) as known_3,
        cast(day - (select origin_1 from origins) as bigint) as since_1,
        cast(day - (select origin_2 from origins) as bigint) as since_2,
        cast(day - (select origin_3 from origins) as bigint) as since_3,
        (select window_days from origins) as window_days
    from counted
),

per_customer as (
    select
        customer_id,
        min(day) as first_day,
        max(day) filter (where known_1) as last_1,
        count(gap_days) filter (where known_1) as repeat_1,
        count(*) filter (where since_1 <= 0 and since_1 > -window_days) as before_1,
        count(*) filter (where since_1 > 0 and since_1 <= window_days) as after_1,
        sum(ln_gap) filter (where known_1) as ln_gaps_1,
        max(day) filter (where known_2) as last_2,
        count(gap_days) filter (where known_2) as repeat_2,
        count(*) filter (where since_2 <= 0 and since_2 > -window_days) as before_2,
        count(*) filter (where since_2 > 0 and since_2 <= window_days) as after_2,
        sum(ln_gap) filter (where known_2) as ln_gaps_2,
        max(day) filter (where known_3) as last_3,
        count(gap_days) filter (where known_3) as repeat_3,
        count(*) filter (where since_3 <= 0 and since_3 > -window_days) as before_3,
        count(*) filter (where since_3 > 0 and since_3 <= window_days) as after_3,
        sum(ln_gap) filter (where known_3) as ln_gaps_3
    from days
    group by customer_id
),

by_origin as (
    select
        first_day,
        unnest([1, 2, 3]) as number,
        unnest([last_1, last_2, last_3]) as last_day,
        unnest([repeat_1, repeat_2, repeat_3]) as repeat_days,
        unnest([before_1, before_2, before_3]) as days_before,
        unnest([after_1, after_2, after_3]) as days_after,
        unnest([ln_gaps_1, ln_gaps_2, ln_gaps_3]) as ln_gaps
    from per_customer
),

dated as (
    select
        case number
            when 1 then (select origin_1 from origins)
            when 2 then (select origin_2 from origins)
            else (select origin_3 from origins)
        end as known_until,
        by_origin.*
    from by_origin
    where last_day is not null
)

select
    known_until,
    (select window_days from origins) as window_days,
    repeat_days,
    cast(last_day - first_day as bigint) as span_days,
    cast(known_until - first_day as bigint) as tenure_days,
    days_before,
    days_after,
    count(*) as customers,
    cast(coalesce(sum(ln_gaps), 0) as double) as ln_gaps
from dated
group by known_until, repeat_days, last_day - first_day, known_until - first_day, days_before, days_after
order by known_until, repeat_days, tenure_days, span_days, days_before, days_after
