-- Grain: one row; none where there is no history. The dates of the period, the one before, and the same one
-- a year ago.
--
-- months                               calendar months of a period; NULL where it is not made of whole months
-- period_start, period_end             the last full period
-- before_start, before_end             the period before it
-- year_ago_start, year_ago_end         the same period a year ago; 52 weeks ago if it is not whole months
-- history_start                        first business day with a row
-- history_days                         days from it to $as_of, both included
-- before_reached, year_ago_reached     history reaches the first day of that period
--
-- Parameters: $as_of, $period_start, $period_end.
with bounds as (
    select
        cast($period_start as date) as period_start,
        cast($period_end as date) as period_end,
        -- First day after the period.
        cast($period_end as date) + interval '1 day' as next_start
),

lengths as (
    select
        period_start,
        period_end,
        next_start,
        next_start - period_start as days,
        case
            when extract(day from period_start) = 1 and extract(day from next_start) = 1
                then cast(
                    (extract(year from next_start) - extract(year from period_start)) * 12
                    + extract(month from next_start) - extract(month from period_start) as bigint
                )
        end as months,
        -- Months since the year 0: months can then be subtracted as numbers.
        cast(extract(year from period_start) * 12 + extract(month from period_start) - 1 as bigint) as month_number
    from bounds
),

starts as (
    select
        period_start,
        period_end,
        months,
        case
            when months is not null
                then make_date((month_number - months) / 12, (month_number - months) % 12 + 1, 1)
            else period_start - cast(days as int)
        end as before_start,
        case
            when months is not null then period_start - interval '12 months'
            -- Whole weeks keep the weekdays.
            else period_start - interval '364 days'
        end as year_ago_start,
        case
            when months is not null then next_start - interval '12 months' - interval '1 day'
            else period_end - interval '364 days'
        end as year_ago_end
    from lengths
),

history as (
    select min(day) as history_start from customer_day where day <= $as_of
)

select
    starts.months,
    starts.period_start,
    starts.period_end,
    starts.before_start,
    starts.period_start - interval '1 day' as before_end,
    starts.year_ago_start,
    starts.year_ago_end,
    history.history_start,
    cast($as_of as date) - history.history_start + 1 as history_days,
    history.history_start <= starts.before_start as before_reached,
    history.history_start <= starts.year_ago_start as year_ago_reached
from starts
cross join history
where history.history_start is not null
