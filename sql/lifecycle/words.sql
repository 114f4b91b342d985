-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, of_customers      what the sentence counts, and of how many
-- since                        the day that is compared with
-- down, up                     customers who went from acquisition, growth or maturity to decline or the end since; and the
--                              other way
-- share, revenue_share         of customers, and of the revenue of the last 12 months
-- repeat_rate, loyal_rate, lifelong_rate  how many of one stage reached the next
-- loyal_orders, lifelong_days  the settings
-- returned                     customers who only returned goods
-- first_day, window_days       the first order of all customers, and the setting. As long as the two windows do not lie after
--                              that order, growth is not measured: a note says so, and nothing is compared with then
--
-- Parameters: $as_of, $previous_as_of, $lifecycle_window_days, $lifecycle_loyal_orders, $lifecycle_lifelong_days.
-- $lifecycle_window_days must be a whole number from 1 to 3650
with moved as (
    select
        coalesce(sum(customers) filter (where from_order <= 3 and to_order >= 4), 0) as down,
        coalesce(sum(customers) filter (where from_order >= 4 and to_order <= 3), 0) as up,
        sum(customers) filter (where from_order is not null) as of_customers
    from lifecycle_moves
),

fading as (
    select
        sum(customers) as of_customers,
        sum(customers) filter (where phase_order >= 4) as customers,
        sum(customer_share) filter (where phase_order >= 4) as share,
        sum(revenue_share) filter (where phase_order in (2, 3)) as revenue_share,
        sum(customers) filter (where phase_order in (2, 3)) as bearing
    from lifecycle_phases
    having sum(customers) > 0
),

rates as (
    select
        max(rate) filter (where stage = 'repeat') as repeat_rate,
        max(rate) filter (where stage = 'loyal') as loyal_rate,
        max(rate) filter (where stage = 'lifelong') as lifelong_rate,
        max(reached) filter (where stage = 'one_time') as of_customers
    from lifecycle_stages
),

history as (
    select
        min(first_day) as first_day,
        cast($as_of as date) - min(first_day) < 2 * cast($lifecycle_window_days as bigint) - 1 as is_short,
        cast($previous_as_of as date) - min(first_day) < 2 * cast($lifecycle_window_days as bigint) - 1 as was_short
    from customer_summary
    where orders > 0
),

returned as (
    select count(*) as customers from customer_summary where orders = 0
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when fading.customers = 0 then 'lifecycle.answer.nobody'
            when moved.of_customers is null or history.was_short then 'lifecycle.answer.alone'
            when moved.down > 0 and moved.up = 0 then 'lifecycle.answer.worse_only'
            when moved.up > 0 and moved.down = 0 then 'lifecycle.answer.better_only'
            when moved.down > moved.up then 'lifecycle.answer.worse'
            when moved.down < moved.up then 'lifecycle.answer.better'
            when moved.down > 0 then 'lifecycle.answer.even'
            else 'lifecycle.answer.still'
        end as word,
        'lifecycle_moves' as step,
        fading.customers,
        fading.of_customers,
        moved.down,
        moved.up,
        fading.share,
        cast(null as double) as revenue_share,
        cast(null as double) as repeat_rate,
        cast(null as double) as loyal_rate,
        cast(null as double) as lifelong_rate,
        cast(null as date) as first_day
    from fading
    cross join moved
    cross join history
    union all
    select
        'note', 2, 'lifecycle.note.bearing', 'lifecycle_phases', bearing, of_customers, null, null,
        cast(bearing as double) / cast(of_customers as double), revenue_share, null, null, null, null
    from fading
    where revenue_share is not null and bearing > 0
    union all
    select
        'note',
        3,
        case
            when lifelong_rate is not null then 'lifecycle.note.ladder'
            when loyal_rate is not null then 'lifecycle.note.ladder_loyal'
            else 'lifecycle.note.ladder_repeat'
        end,
        'lifecycle_stages', null, of_customers, null, null, null, null, repeat_rate, loyal_rate, lifelong_rate, null
    from rates
    where repeat_rate is not null
    union all
    select 'note', 4, 'lifecycle.note.returned', 'lifecycle', customers, null, null, null, null, null, null, null, null, null
    from returned
    where customers > 0
    union all
    select 'note', 5, 'lifecycle.note.early', 'lifecycle_phases', null, null, null, null, null, null, null, null, null, first_day
    from history
    where is_short
    union all
    select 'left_out', 1, 'lifecycle.none', 'lifecycle', null, null, null, null, null, null, null, null, null, null
    where (select count(*) from fading) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    customers,
    of_customers,
    cast($previous_as_of as date) as since,
    down,
    up,
    share,
    revenue_share,
    repeat_rate,
    loyal_rate,
    lifelong_rate,
    cast($lifecycle_loyal_orders as bigint) as loyal_orders,
    cast($lifecycle_lifelong_days as bigint) as lifelong_days,
    first_day,
    cast($lifecycle_window_days as bigint) as window_days
from sentences
order by position, word
