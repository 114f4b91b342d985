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
-- cumulative_revenue  money per customer: revenue of ages 0 to this one / size, to six decimals
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

per_day as (
    select
        members.cohort,
        customer_day.day,
        -- The customer's first day with an order in the month: the day with an order before it (gap_days earlier)
        -- lies in an earlier month, or there is none.
        count(*) filter (
            where customer_day.orders > 0
            and (customer_day.gap_days is null or customer_day.gap_days >= extract(day from customer_day.day))
        ) as active,
        sum(customer_day.revenue) as revenue
    from customer_day
    inner join members on customer_day.customer_id = members.customer_id
    where customer_day.day <= $as_of
    group by members.cohort, customer_day.day
),

-- A return that comes before the first order belongs to the cohort's first month. It is no order: every customer
-- still counts as active once at most.
activity as (
    select
        cohort,
        greatest(cast(date_trunc('month', day) as date), cohort) as month,
        sum(active) as active,
        sum(revenue) as revenue
    from per_day
    group by cohort, greatest(cast(date_trunc('month', day) as date), cohort)
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
    cast(
        sum(cast(revenue as decimal(38, 6))) over (
            partition by cohort order by age rows between unbounded preceding and current row
        ) / size as decimal(38, 6)
    ) as cumulative_revenue
from aged
order by cohort, age
