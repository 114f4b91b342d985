-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $least_customers, $newcomer_points.
-- $least_customers must be a whole number of 1 or more
-- $newcomer_points must be a number from 0 to 1
-- The newest cohort with month 3 over, against the six cohorts before it. It must be two standard errors below or above: chance
-- alone does not make that.
with month_three as (
    select
        cohort,
        size,
        active,
        retention,
        revenue,
        row_number() over (order by cohort desc) as age_rank
    from cohorts
    where age = 3 and complete
),

earlier_cohorts as (
    select
        count(*) as cohorts,
        sum(size) as size,
        sum(active) as active,
        cast(sum(active) as double) / cast(sum(size) as double) as retention,
        sum(revenue) as revenue
    from month_three
    where age_rank between 2 and 7
),

compared as (
    select
        newest.cohort,
        newest.size,
        newest.retention,
        earlier_cohorts.retention as usual,
        newest.retention - earlier_cohorts.retention as change,
        -- So many more, or fewer, would have come at the earlier rate, each with the money of an earlier one: in one month of
        -- one cohort, and there are twelve cohorts a year.
        cast(
            12 * cast(earlier_cohorts.revenue as decimal(38, 6))
            * cast(abs(newest.size * (earlier_cohorts.retention - newest.retention)) as decimal(18, 6))
            / nullif(earlier_cohorts.active, 0) as decimal(38, 6)
        ) as money
    from month_three as newest
    cross join earlier_cohorts
    where
        newest.age_rank = 1
        and earlier_cohorts.cohorts = 6
        and newest.size >= $least_customers
        and power(earlier_cohorts.retention - newest.retention, 2)
            >= 4 * (1.0 / newest.size + 1.0 / earlier_cohorts.size)
            * cast(earlier_cohorts.active + newest.active as double) / (earlier_cohorts.size + newest.size)
            * (1 - cast(earlier_cohorts.active + newest.active as double) / (earlier_cohorts.size + newest.size))
)

select
    case when change < 0 then 'newcomers_weaker' else 'newcomers_stronger' end as rule,
    money,
    cast(retention as decimal(38, 6)) as value,
    cast(usual as decimal(38, 6)) as before,
    cast(change as decimal(38, 6)) as change,
    size as customers,
    size as of_customers,
    left(cast(cohort as varchar), 7) as name,
    'cohorts' as step,
    false as of_data
from compared
where cast(abs(change) as decimal(38, 9)) >= cast($newcomer_points as double)
