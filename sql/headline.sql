-- Grain: one row per figure of `all_figures`, which the modules fill; none where there is no history.
--
-- figure      revenue, active_customers, average_order, new_customers: of the last full period; repeat_rate: of the customers
--             with an order in the 365 days up to $as_of, those with at least two; top20_share: of the revenue of these days;
--             revenue_at_risk: as of $as_of; card_revenue, points_liability: of the modules membership and points
-- position    1 = first on the page, which shows the first six
-- unit        money, count, share
-- now         decimal, six places: exact sums and counts; means and shares are rounded to that. A period without
--             purchases is 0, and its average order is NULL
-- before      the same one period earlier; NULL where history does not reach that whole period, or those 365 days
-- year_ago    the same one year earlier (52 weeks where periods are weeks); likewise
-- before_change, year_change  now against before and year_ago: of money and counts a ratio less 1, of shares a difference; NULL
--             without one, or where a ratio to zero or less would have no meaning
-- before_low, before_high  between these such a change usually lies: what is expected, less and plus two standard errors.
--             What is expected is the mean of the months' changes, or, where that would have been closer to the months past,
--             the change from the same month to the next a year earlier: the season
-- year_low, year_high  likewise of the change on the year: the mean of the year-on-year changes of the 12 months before, less
--             and plus two of their standard deviations
--             All four are NULL where fewer than six changes are known, where a period is not one month, or where there is nothing
--             to compare with. They are a hair wider: changes are exact, and the ends are rounded
-- up_is_good  NULL: neither
-- step        the table that the figure comes from
--
-- Parameters: none.
with units as (
    select figure, unit from all_figures
),

-- Each month with the month before, the one a year ago and the one before that.
series as (
    select
        now.figure,
        units.unit,
        now.month,
        now.value,
        before.value as value_before,
        year_ago.value as value_year_ago,
        before_that.value as value_before_that,
        row_number() over (partition by now.figure order by now.month desc) as age
    from headline_series as now
    inner join units on now.figure = units.figure
    left join headline_series as before
        on now.figure = before.figure and before.month = now.month - interval '1 month'
    left join headline_series as year_ago
        on now.figure = year_ago.figure and year_ago.month = now.month - interval '12 months'
    left join headline_series as before_that
        on now.figure = before_that.figure and before_that.month = now.month - interval '13 months'
),

-- Changes as they are printed; least() and greatest() would take a missing one for the bound. One beyond a million either way is cut: squares then fit.
changes as (
    select
        figure,
        age,
        case
            when unit = 'share' and value_before is not null
                then greatest(least(cast(value - value_before as double), 1000000), -1000000)
            when unit <> 'share' and value_before > 0
                then greatest(least(cast(value as double) / cast(value_before as double) - 1, 1000000), -1000000)
        end as change,
        case
            when unit = 'share' and value_year_ago is not null and value_before_that is not null
                then greatest(least(cast(value_year_ago - value_before_that as double), 1000000), -1000000)
            when unit <> 'share' and value_before_that > 0 and value_year_ago is not null
                then greatest(least(cast(value_year_ago as double) / cast(value_before_that as double) - 1, 1000000), -1000000)
        end as change_year_ago,
        case
            when unit = 'share' and value_year_ago is not null
                then greatest(least(cast(value - value_year_ago as double), 1000000), -1000000)
            when unit <> 'share' and value_year_ago > 0
                then greatest(least(cast(value as double) / cast(value_year_ago as double) - 1, 1000000), -1000000)
        end as year_change
    from series
),

-- Decimals: their sums do not depend on the order of rows.
exact as (
    select
        figure,
        age,
        cast(change as decimal(18, 9)) as change,
        cast(change_year_ago as decimal(18, 9)) as change_year_ago,
        cast(year_change as decimal(18, 9)) as year_change
    from changes
),

-- The month that is judged, age 1, does not judge itself. Where the season is known, both ways are tried on the same months.
tried as (
    select
        figure,
        count(change) as n,
        sum(change) as total,
        sum(change * change) as squares,
        count(change_year_ago) as seasons,
        sum(case when change_year_ago is not null then change end) as seasons_total,
        sum(case when change_year_ago is not null then change * change end) as seasons_squares,
        sum((change - change_year_ago) * (change - change_year_ago)) as misses
    from exact
    where age between 2 and 25 and change is not null
    group by figure
    having count(change) >= 6
),

-- Errors of both, squared and meaned. The mean's is that of a sample.
judged as (
    select
        figure,
        cast(total as double) / n as mean,
        greatest(cast(squares as double) - cast(total as double) * cast(total as double) / n, 0) / (n - 1) as variance,
        case when seasons >= 6 then cast(misses as double) / seasons end as season_error,
        case
            when seasons >= 6
                then greatest(
                    cast(seasons_squares as double) - cast(seasons_total as double) * cast(seasons_total as double) / seasons, 0
                ) / (seasons - 1)
        end as mean_error
    from tried
),

expected as (
    select
        judged.figure,
        case
            when latest.change_year_ago is not null and judged.season_error < judged.mean_error
                then cast(latest.change_year_ago as double)
            else judged.mean
        end as center,
        case
            when latest.change_year_ago is not null and judged.season_error < judged.mean_error
                then sqrt(judged.season_error)
            else sqrt(judged.variance)
        end as error
    from judged
    left join exact as latest on judged.figure = latest.figure and latest.age = 1
),

years as (
    select figure, count(year_change) as n, sum(year_change) as total, sum(year_change * year_change) as squares
    from exact
    where age between 2 and 13 and year_change is not null
    group by figure
    having count(year_change) >= 6
),

expected_years as (
    select
        figure,
        cast(total as double) / n as center,
        sqrt(greatest(cast(squares as double) - cast(total as double) * cast(total as double) / n, 0) / (n - 1)) as error
    from years
),

known as (
    select
        all_figures.figure,
        all_figures.position,
        all_figures.unit,
        all_figures.now,
        case when periods.before_reached then all_figures.before end as before,
        -- The year before a year is the period before: it stands there once.
        case when periods.year_ago_reached and periods.year_ago_start <> periods.before_start then all_figures.year_ago end
            as year_ago,
        all_figures.up_is_good,
        all_figures.step,
        coalesce(periods.months = 1, false) as monthly
    from all_figures
    cross join periods
)

select
    known.figure,
    known.position,
    known.unit,
    known.now,
    known.before,
    known.year_ago,
    case
        when known.unit = 'share' then cast(known.now - known.before as double)
        when known.before > 0 then cast(known.now as double) / cast(known.before as double) - 1
    end as before_change,
    case
        when known.unit = 'share' then cast(known.now - known.year_ago as double)
        when known.year_ago > 0 then cast(known.now as double) / cast(known.year_ago as double) - 1
    end as year_change,
    case when known.monthly and known.before is not null then expected.center - 2 * expected.error - 0.00000001 end as before_low,
    case when known.monthly and known.before is not null then expected.center + 2 * expected.error + 0.00000001 end as before_high,
    case when known.monthly and known.year_ago is not null then expected_years.center - 2 * expected_years.error - 0.00000001 end
        as year_low,
    case when known.monthly and known.year_ago is not null then expected_years.center + 2 * expected_years.error + 0.00000001 end
        as year_high,
    known.up_is_good,
    known.step
from known
left join expected on known.figure = expected.figure
left join expected_years on known.figure = expected_years.figure
order by known.position
