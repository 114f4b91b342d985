-- Grain: one row per figure, six; none where there is no history.
--
-- figure      revenue, active_customers, average_order: of the last full period; repeat_rate: customers with
--             at least two orders / customers with an order, up to the period's end; top20_share,
--             revenue_at_risk: as of $as_of
-- position    1 = first on the page
-- unit        money, count, share
-- now         double
-- before      double: one period earlier; NULL where history does not reach that whole period
-- year_ago    double: one year earlier; likewise
-- noise       double, in the figure's unit: standard error of one period's change, taken as the standard
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
        cast(sum(revenue) as double) as revenue_now,
        cast(sum(revenue_before) as double) as revenue_before,
        cast(sum(revenue_year_ago) as double) as revenue_year_ago,
        cast(sum(orders) as double) as orders_now,
        cast(sum(orders_before) as double) as orders_before,
        cast(sum(orders_year_ago) as double) as orders_year_ago,
        cast(count(case when orders > 0 then 1 end) as double) as active_now,
        cast(count(case when orders_before > 0 then 1 end) as double) as active_before,
        cast(count(case when orders_year_ago > 0 then 1 end) as double) as active_year_ago
    from customer_period
),

-- Customers with a first and with a second order up to the end of each period.
arrivals as (
    select
        cast(count(case when first_day <= (select period_end from periods) then 1 end) as double) as first_now,
        cast(count(case when first_day <= (select before_end from periods) then 1 end) as double) as first_before,
        cast(count(case when first_day <= (select year_ago_end from periods) then 1 end) as double)
            as first_year_ago,
        cast(count(case when second_day <= (select period_end from periods) then 1 end) as double) as repeat_now,
        cast(count(case when second_day <= (select before_end from periods) then 1 end) as double)
            as repeat_before,
        cast(count(case when second_day <= (select year_ago_end from periods) then 1 end) as double)
            as repeat_year_ago
    from customer_summary
    where orders > 0
),

sums as (
    select * from of_periods cross join arrivals
),

measured as (
    select 'revenue' as figure, revenue_now as now, revenue_before as before, revenue_year_ago as year_ago from sums
    union all
    select 'active_customers' as figure, active_now as now, active_before as before, active_year_ago as year_ago
    from sums
    union all
    select
        'repeat_rate' as figure,
        repeat_now / nullif(first_now, 0) as now,
        repeat_before / nullif(first_before, 0) as before,
        repeat_year_ago / nullif(first_year_ago, 0) as year_ago
    from sums
    union all
    select
        'average_order' as figure,
        revenue_now / nullif(orders_now, 0) as now,
        revenue_before / nullif(orders_before, 0) as before,
        revenue_year_ago / nullif(orders_year_ago, 0) as year_ago
    from sums
    union all
    select
        'top20_share' as figure,
        (select max(top20_share) from concentration) as now,
        (select max(top20_share) from previous.concentration) as before,
        (select max(top20_share) from year_ago.concentration) as year_ago
    union all
    select
        'revenue_at_risk' as figure,
        (select cast(sum(revenue_at_risk) as double) from churn) as now,
        (select cast(sum(revenue_at_risk) as double) from previous.churn) as before,
        (select cast(sum(revenue_at_risk) as double) from year_ago.churn) as year_ago
),

series as (
    select
        figure,
        value - lag(value) over (partition by figure order by month) as change,
        row_number() over (partition by figure order by month desc) as age
    from headline_series
    where figure <> 'revenue_at_risk'
),

-- In units that leave nine digits before the point: squares of millions of millions have more than a decimal can hold.
measured_changes as (
    select
        figure,
        change,
        power(
            cast(10 as double),
            greatest(ceil(log10(max(abs(cast(change as double))) over (partition by figure))) - 9, 0)
        ) as unit
    from series
    where age > 1 and change is not null
),

-- Six decimals, so that sums of squares are exact and do not depend on the order of rows.
changes as (
    select figure, unit, cast(change / unit as decimal(24, 6)) as change
    from measured_changes
),

noises as (
    select
        figure,
        max(unit) * sqrt(
            greatest(
                cast(count(*) * sum(change * change) - sum(change) * sum(change) as double), cast(0 as double)
            ) / (count(*) * (count(*) - 1))
        ) as noise
    from changes
    group by figure
    -- Below six, the deviation itself is known too badly to judge by.
    having count(*) >= 6
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
