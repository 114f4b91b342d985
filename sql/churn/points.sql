-- Grain: one row per figure and month; columns as in headline_series.sql.
--
-- Revenue at risk as of $as_of and of the same day of the 36 months before it; the end of a month stays the end of a month. What
-- the table `churn` says of these days follows from what a customer had done by then: between two orders the own rhythm stays, so
-- from some day of such a silence on a customer is at risk, and until some day. Of days with less than 365 days of history there
-- is nothing to say: their revenue would grow with history. The last one has its figure in any case.
--
-- Parameters: $as_of, $min_gap_days, $at_risk_after, $lost_after, $lost_after_days.
-- $min_gap_days must be a number of 1 or more
-- $at_risk_after must be a number above 0
-- $lost_after must be a number above $at_risk_after
-- $lost_after_days must be a whole number from 1 to 3650
with order_days as (
    select
        customer_id,
        day,
        gap_days,
        row_number() over by_day as number,
        percentile_before(gap_days, 0.5) over by_day as median_gap_days,
        percentile_before(gap_days, 0.9) over by_day as p90_gap_days
    from customer_day
    where orders > 0 and day <= $as_of
    window by_day as (partition by customer_id order by day)
),

-- With three days there is a rhythm, as in `churn`: that of the days before a silence. The last silence is still on.
silences as (
    select
        customer_id,
        day - cast(gap_days as int) as day,
        gap_days as silent_days,
        median_gap_days,
        p90_gap_days
    from order_days
    where number >= 4
    union all
    select
        customer_id,
        last_day as day,
        recency_days + 1 as silent_days,
        median_gap_days,
        p90_gap_days
    from customer_summary
    where active_days >= 3
),

rhythms as (
    select
        customer_id,
        day,
        silent_days,
        greatest(median_gap_days, cast($min_gap_days as double)) as gap_days,
        greatest(p90_gap_days, cast($min_gap_days as double)) as gap_limit
    from silences
    where cast(silent_days as double) > cast($at_risk_after as double) * cast($min_gap_days as double)
),

-- The first and the last day of being at risk.
spells as (
    select
        customer_id,
        day + cast(floor(greatest(gap_limit, cast($at_risk_after as double) * gap_days)) as int) + 1 as from_day,
        day + cast(
            least(
                floor(cast($lost_after as double) * gap_days),
                cast($lost_after_days as double) - 1,
                cast(silent_days as double) - 1
            ) as int
        ) as to_day
    from rhythms
),

-- The months in question, each with its day.
spell_months as (
    select
        customer_id,
        from_day,
        to_day,
        unnest(
            generate_series(
                greatest(
                    cast(date_trunc('month', from_day) as date),
                    cast(date_trunc('month', cast($as_of as date)) as date) - interval '36 months'
                ),
                cast(date_trunc('month', to_day) as date),
                interval '1 month'
            )
        ) as month
    from spells
    where from_day <= to_day
),

months as (
    select
        unnest(
            generate_series(
                cast(date_trunc('month', cast($as_of as date)) as date) - interval '36 months',
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month
),

-- The day of a month: the same as that of $as_of, or its last where that is the last, or there is none.
dated as (
    select
        cast(month as date) as month,
        case
            when
                extract(month from cast($as_of as date) + 1) <> extract(month from cast($as_of as date))
                or extract(day from month + interval '1 month' - interval '1 day') < extract(day from cast($as_of as date))
                then cast(month + interval '1 month' - interval '1 day' as date)
            else cast(month as date) + cast(extract(day from cast($as_of as date)) as int) - 1
        end as day
    from months
),

at_risk as (
    select spell_months.customer_id, dated.month, dated.day
    from spell_months
    inner join dated on cast(spell_months.month as date) = dated.month
    where dated.day between spell_months.from_day and spell_months.to_day
),

revenues as (
    select at_risk.customer_id, at_risk.month, sum(customer_day.revenue) as revenue
    from at_risk
    inner join customer_day on at_risk.customer_id = customer_day.customer_id
    where customer_day.day <= at_risk.day and customer_day.day > at_risk.day - 365
    group by at_risk.customer_id, at_risk.month
),

summed as (
    select month, sum(revenue) as value from revenues where revenue > 0 group by month
)

select
    'revenue_at_risk' as figure,
    dated.month,
    cast(coalesce(summed.value, 0) as decimal(38, 6)) as value
from dated
cross join periods
left join summed on dated.month = summed.month
where dated.day - 364 >= periods.history_start or (dated.day = cast($as_of as date) and periods.history_days > 0)
