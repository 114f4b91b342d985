-- Grain: one row per figure of `all_figures`, which the modules fill; none where there is no history.
--
-- figure      revenue, active_customers, average_order: of the last full period; repeat_rate: customers with
--             at least two orders / customers with an order, up to the period's end; top20_share,
--             revenue_at_risk: as of $as_of; card_revenue, points_liability: of the modules membership and points
-- position    1 = first on the page, which shows the first six
-- unit        money, count, share
-- now         decimal, six places: exact sums and counts; means and shares are rounded to that. A period without
--             purchases is 0, and its average order is NULL
-- before      the same one period earlier; NULL where history does not reach that whole period
-- year_ago    the same one year earlier (52 weeks where periods are weeks); likewise
-- noise       standard error of one period's change, in the figure's unit: the standard deviation of the changes
--             from month to month over the 12 months before the one that is judged. A change below twice
--             this may be chance. The standard error of a mean of 12 months would be 3.5 times smaller, and
--             would call nearly every change real. NULL where fewer than six changes are known, or where a
--             period is not one month
-- up_is_good  NULL: neither
-- step        the table that the figure comes from
--
-- Parameters: none.
-- A month without a value (no order, hence no average order) separates the months before it from those after.
with series as (
    select
        figure,
        case
            when lag(month) over (partition by figure order by month) = month - interval '1 month'
                then value - lag(value) over (partition by figure order by month)
        end as change,
        row_number() over (partition by figure order by month desc) as age
    from headline_series
),

changes as (
    select figure, change
    from series
    where age > 1 and change is not null
),

largest as (
    select figure, count(*) as n, max(abs(change)) as change
    from changes
    group by figure
    -- Below six, the deviation itself is too uncertain to judge by.
    having count(*) >= 6
),

-- As parts of the largest one: squares then fit in any currency. As decimals: their sums are exact and do not depend on the
-- order of rows.
parts as (
    select
        changes.figure,
        largest.n,
        largest.change as largest,
        cast(cast(changes.change as double) / nullif(cast(largest.change as double), 0) as decimal(18, 12)) as part
    from changes
    inner join largest on changes.figure = largest.figure
),

noises as (
    select
        figure,
        cast(
            coalesce(
                cast(largest as double) * sqrt(
                    greatest(cast(n * sum(part * part) - sum(part) * sum(part) as double), cast(0 as double))
                    / (n * (n - 1))
                ),
                0
            ) as decimal(38, 6)
        ) as noise
    from parts
    group by figure, n, largest
)

select
    all_figures.figure,
    all_figures.position,
    all_figures.unit,
    all_figures.now,
    case when periods.before_reached then all_figures.before end as before,
    case when periods.year_ago_reached then all_figures.year_ago end as year_ago,
    case when periods.months = 1 then noises.noise end as noise,
    all_figures.up_is_good,
    all_figures.step
from all_figures
cross join periods
left join noises on all_figures.figure = noises.figure
order by all_figures.position
