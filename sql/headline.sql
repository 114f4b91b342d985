-- Grain: one row per figure, six; none where there is no history.
--
-- figure      revenue, active_customers, average_order: of the last full period; repeat_rate: customers with
--             at least two orders / customers with an order, up to the period's end; top20_share,
--             revenue_at_risk: as of $as_of
-- position    1 = first on the page
-- unit        money, count, share
-- now         decimal, six places: exact sums and counts; means and shares are rounded to that. A period in which nothing
--             was bought is 0, and has no average order: NULL
-- before      the same one period earlier; NULL where history does not reach that whole period
-- year_ago    the same one year earlier (52 weeks where periods are weeks); likewise
-- noise       the same, in the figure's unit: standard error of one period's change, taken as the standard
--             deviation of the changes from month to month over the 12 months before the one that is judged.
--             A change below twice this is what such months do by chance. The standard error of a mean of
--             12 months would be 3.5 times smaller, and would call nearly every change real. NULL where
--             fewer than six changes are known, or where a period is not one month
-- up_is_good  NULL: neither
-- step        the table that the figure comes from
--
-- Parameters: none.
with figures (figure, position, unit, up_is_good, step) as (
    values
    ('revenue', 1, 'money', true, 'customer_day'),
    ('active_customers', 2, 'count', true, 'customer_day'),
    ('repeat_rate', 3, 'share', true, 'customer_day'),
    ('average_order', 4, 'money', true, 'customer_day'),
    ('top20_share', 5, 'share', null, 'concentration'),
    ('revenue_at_risk', 6, 'money', false, 'churn')
),

of_periods as (
    select
        cast(coalesce(sum(revenue), 0) as decimal(38, 6)) as revenue_now,
        cast(coalesce(sum(revenue_before), 0) as decimal(38, 6)) as revenue_before,
        cast(coalesce(sum(revenue_year_ago), 0) as decimal(38, 6)) as revenue_year_ago,
        coalesce(sum(orders), 0) as orders_now,
        coalesce(sum(orders_before), 0) as orders_before,
        coalesce(sum(orders_year_ago), 0) as orders_year_ago,
        count(case when orders > 0 then 1 end) as active_now,
        count(case when orders_before > 0 then 1 end) as active_before,
        count(case when orders_year_ago > 0 then 1 end) as active_year_ago
    from customer_period
),

-- Customers with a first and with a second order up to the end of each period.
arrivals as (
    select
        count(case when first_day <= (select period_end from periods) then 1 end) as first_now,
        count(case when first_day <= (select before_end from periods) then 1 end) as first_before,
        count(case when first_day <= (select year_ago_end from periods) then 1 end) as first_year_ago,
        count(case when second_day <= (select period_end from periods) then 1 end) as repeat_now,
        count(case when second_day <= (select before_end from periods) then 1 end) as repeat_before,
        count(case when second_day <= (select year_ago_end from periods) then 1 end) as repeat_year_ago
    from customer_summary
    where orders > 0
),

sums as (
    select * from of_periods cross join arrivals
),

measured as (
    select 'revenue' as figure, revenue_now as now, revenue_before as before, revenue_year_ago as year_ago from sums
    union all
    select
        'active_customers' as figure,
        cast(active_now as decimal(38, 6)) as now,
        cast(active_before as decimal(38, 6)) as before,
        cast(active_year_ago as decimal(38, 6)) as year_ago
    from sums
    union all
    select
        'repeat_rate' as figure,
        cast(cast(repeat_now as double) / nullif(first_now, 0) as decimal(38, 6)) as now,
        cast(cast(repeat_before as double) / nullif(first_before, 0) as decimal(38, 6)) as before,
        cast(cast(repeat_year_ago as double) / nullif(first_year_ago, 0) as decimal(38, 6)) as year_ago
    from sums
    union all
    select
        'average_order' as figure,
        cast(revenue_now / nullif(orders_now, 0) as decimal(38, 6)) as now,
        cast(revenue_before / nullif(orders_before, 0) as decimal(38, 6)) as before,
        cast(revenue_year_ago / nullif(orders_year_ago, 0) as decimal(38, 6)) as year_ago
    from sums
    union all
    select
        'top20_share' as figure,
        cast((select max(top20_share) from concentration) as decimal(38, 6)) as now,
        cast((select max(top20_share) from previous.concentration) as decimal(38, 6)) as before,
        cast((select max(top20_share) from year_ago.concentration) as decimal(38, 6)) as year_ago
    union all
    select
        'revenue_at_risk' as figure,
        cast((select sum(revenue_at_risk) from churn) as decimal(38, 6)) as now,
        cast((select sum(revenue_at_risk) from previous.churn) as decimal(38, 6)) as before,
        cast((select sum(revenue_at_risk) from year_ago.churn) as decimal(38, 6)) as year_ago
),

-- A month without a value (no order, hence no average order) parts what comes before it from what comes after.
series as (
    select
        figure,
        case
            when lag(month) over (partition by figure order by month) = month - interval '1 month'
                then value - lag(value) over (partition by figure order by month)
        end as change,
        row_number() over (partition by figure order by month desc) as age
    from headline_series
    where figure <> 'revenue_at_risk'
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
    -- Below six, the deviation itself is known too badly to judge by.
    having count(*) >= 6
),

-- As parts of the largest one, so that squares fit whatever the currency; and as decimals, so that their sums are exact and
-- do not depend on the order of rows.
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
    figures.figure,
    figures.position,
    figures.unit,
    measured.now,
    case when periods.before_reached then measured.before end as before,
    case when periods.year_ago_reached then measured.year_ago end as year_ago,
    case when periods.months = 1 then noises.noise end as noise,
    figures.up_is_good,
    figures.step
from figures
cross join periods
inner join measured on figures.figure = measured.figure
left join noises on figures.figure = noises.figure
order by figures.position
