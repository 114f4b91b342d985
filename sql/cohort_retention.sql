-- Grain: one row per cohort, the newest first.
--
-- cohort                              month of the first order
-- size                                customers
-- month_1, month_3, month_6, month_12  share of them with an order that many months later; NULL where the month is not over
-- revenue_a_customer                  money per customer so far
--
-- Parameters: none.
with latest as (
    select
        cohort,
        cumulative_revenue,
        row_number() over (partition by cohort order by age desc) as place
    from cohorts
    where cumulative_revenue is not null
)

select
    cohorts.cohort,
    max(cohorts.size) as size,
    max(cohorts.retention) filter (where cohorts.complete and cohorts.age = 1) as month_1,
    max(cohorts.retention) filter (where cohorts.complete and cohorts.age = 3) as month_3,
    max(cohorts.retention) filter (where cohorts.complete and cohorts.age = 6) as month_6,
    max(cohorts.retention) filter (where cohorts.complete and cohorts.age = 12) as month_12,
    max(latest.cumulative_revenue) as revenue_a_customer
from cohorts
left join latest on cohorts.cohort = latest.cohort and latest.place = 1
group by cohorts.cohort
order by cohorts.cohort desc
