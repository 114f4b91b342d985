-- Grain: one row per figure and month, up to 37; columns as in headline_series.sql.
--
-- Parameters: $as_of, $period_end, $lost_after_days.
-- $lost_after_days must be a whole number from 1 to 3650
with full_months as (
    select monthly.month, monthly.revenue, monthly.active, monthly.new, monthly.average_order
    from monthly
    cross join periods
    where
        monthly.complete
        -- History may begin within its first month.
        and monthly.month >= periods.history_start
        and monthly.month <= $period_end
        and monthly.month > cast(date_trunc('month', cast($period_end as date)) as date) - interval '37 months'
),

-- A customer has ordered in the 365 days up to a day from each day with an order until 364 days later, and twice from each
-- second one until the first of the two leaves: days on which these begin and end, without counting a customer twice. A day
-- with two orders is both. The last day of an earlier stretch is known from the day with an order before.
stretches as (
    select
        customer_id,
        day,
        gap_days,
        case
            when orders >= 2 then day + 364
            when gap_days <= 364 then day - cast(gap_days as int) + 364
            -- None: it ends before it begins.
            else day - 1
        end as repeat_end
    from customer_day
    where
        orders > 0
        and day <= cast($as_of as date)
        -- Stretches that ended before the first month shown change nothing.
        and day > cast(date_trunc('month', cast($period_end as date)) as date) - interval '37 months' - interval '730 days'
),

chained as (
    select
        day,
        gap_days,
        repeat_end,
        lag(repeat_end) over (partition by customer_id order by day) as repeat_end_before
    from stretches
),

begins as (
    select
        day,
        case when gap_days <= 364 then day - cast(gap_days as int) + 365 else day end as active_begin,
        greatest(day, coalesce(repeat_end_before + 1, day)) as repeat_begin,
        repeat_end
    from chained
),

events as (
    select active_begin as day, count(*) as active, 0 as repeat from begins group by active_begin
    union all
    select day + 365 as day, -count(*) as active, 0 as repeat from begins group by day + 365
    union all
    select repeat_begin as day, 0 as active, count(*) as repeat
    from begins
    where repeat_end >= repeat_begin
    group by repeat_begin
    union all
    select repeat_end + 1 as day, 0 as active, -count(*) as repeat
    from begins
    where repeat_end >= repeat_begin
    group by repeat_end + 1
),

-- Months of which history covers the 365 days up to their end.
covered as (
    select full_months.month, full_months.month + interval '1 month' - interval '1 day' as last_day
    from full_months
    cross join periods
    where full_months.month + interval '1 month' - interval '365 days' >= periods.history_start
),

repeat_rates as (
    select
        covered.month,
        cast(
            cast(sum(events.repeat) as double) / nullif(cast(sum(events.active) as double), 0) as decimal(38, 6)
        ) as value
    from covered
    inner join events on events.day <= covered.last_day
    group by covered.month
)

select 'revenue' as figure, month, cast(revenue as decimal(38, 6)) as value from full_months
union all
select 'active_customers' as figure, month, cast(active as decimal(38, 6)) as value from full_months
union all
select 'average_order' as figure, month, cast(average_order as decimal(38, 6)) as value from full_months
union all
select 'new_customers' as figure, full_months.month, cast(full_months.new as decimal(38, 6)) as value
from full_months
cross join periods
-- In the first days of history nobody knows who came earlier.
where full_months.month - periods.history_start >= cast($lost_after_days as bigint)
union all
select 'repeat_rate' as figure, month, value from repeat_rates
