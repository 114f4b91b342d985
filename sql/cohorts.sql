-- Grain: one row per cohort month and age, for the 24 most recent months in which cohorts can begin, up to
-- the month of $as_of; ages in which nobody came back included.
--
-- cohort              month of the first order
-- age                 calendar months since then; 0 = the cohort's own month
-- size                customers of the cohort
-- active              of these: with an order in that month
-- retention           active / size
-- complete            that month is over at $as_of
-- revenue             money of the cohort in that month
-- cumulative_revenue  money a customer: revenue of ages 0 to this one / size
--
-- Parameters: $as_of.
with members as (
    select customer_id, cast(date_trunc('month', first_day) as date) as cohort
    from customer_summary
    where
        orders > 0
        -- 24 months show two years of the curve; older cohorts would make the picture unreadable.
        and first_day >= cast(date_trunc('month', cast($as_of as date)) as date) - interval '23 months'
),

sizes as (
    select cohort, count(*) as size from members group by cohort
),

-- A return that comes before the first order belongs to the cohort's first month. It is no order, so that every
-- customer still has one row at most that counts as active.
activity as (
    select
        members.cohort,
        greatest(customer_month.month, members.cohort) as month,
        count(case when customer_month.orders > 0 then 1 end) as active,
        sum(customer_month.revenue) as revenue
    from customer_month
    inner join members on customer_month.customer_id = members.customer_id
    group by members.cohort, greatest(customer_month.month, members.cohort)
),

months as (
    select
        cohort,
        size,
        unnest(
            generate_series(cohort, cast(date_trunc('month', cast($as_of as date)) as date), interval '1 month')
        ) as month
    from sizes
),

aged as (
    select
        months.cohort,
        cast(
            (extract(year from months.month) - extract(year from months.cohort)) * 12
            + extract(month from months.month) - extract(month from months.cohort) as bigint
        ) as age,
        months.month,
        months.size,
        coalesce(activity.active, 0) as active,
        coalesce(activity.revenue, 0) as revenue
    from months
    left join activity on months.cohort = activity.cohort and months.month = activity.month
)

select
    cohort,
    age,
    size,
    active,
    cast(active as double) / cast(size as double) as retention,
    month + interval '1 month' - interval '1 day' <= cast($as_of as date) as complete,
    revenue,
    sum(revenue) over (
        partition by cohort order by age rows between unbounded preceding and current row
    ) / size as cumulative_revenue
from aged
order by cohort, age
