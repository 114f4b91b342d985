-- Grain: one row per rule that fired and thing that it fired for, most money first; `nothing_unusual` alone
-- where none did.
--
-- rule          key
-- money         double: money at stake; NULL where the rule has none
-- value         double: the figure that the rule looks at
-- before        double: what it is compared with; NULL where it is not
-- change        double: value - before
-- customers     whom it concerns
-- of_customers  of how many
-- name          segment, cohort month, customer, model or check, as the rule needs
-- step          the table that the figure comes from
--
-- Parameters: $period_start, $period_end; the thresholds $concentration_points, $dependence_one,
-- $dependence_ten, $drained_share, $newcomer_points, $returns_points, $set_aside_share, $forecast_bias, all as shares
-- of 1.
-- $concentration_points must be a number from 0 to 1
-- $dependence_one must be a number from 0 to 1
-- $dependence_ten must be a number from 0 to 1
-- $drained_share must be a number from 0 to 1
-- $newcomer_points must be a number from 0 to 1
-- $returns_points must be a number from 0 to 1
-- $set_aside_share must be a number from 0 to 1
-- $forecast_bias must be a number from 0 to 1

-- The best fifth holds more of the revenue than a year ago.
with concentration_rose as (
    select
        'concentration_rose' as rule,
        (headline.now - headline.year_ago) * cast(concentration.revenue as double) as money,
        headline.now as value,
        headline.year_ago as before,
        headline.now - headline.year_ago as change,
        concentration.top20_customers as customers,
        concentration.customers as of_customers,
        cast(null as varchar) as name,
        'concentration' as step
    from headline
    cross join concentration
    where
        headline.figure = 'top20_share'
        and headline.now - headline.year_ago >= cast($concentration_points as double)
),

-- One customer holds a large share of the revenue.
dependence_one as (
    select
        'dependence_one' as rule,
        cast(top_customers.revenue as double) as money,
        concentration.top1_share as value,
        cast(null as double) as before,
        cast(null as double) as change,
        1 as customers,
        concentration.customers as of_customers,
        cast(top_customers.customer_id as varchar) as name,
        'top_customers' as step
    from concentration
    inner join top_customers on top_customers.value_rank = 1
    where concentration.top1_share >= cast($dependence_one as double)
),

-- Ten customers hold most of it. Of ten customers or fewer that says nothing.
dependence_ten as (
    select
        'dependence_ten' as rule,
        concentration.top10_share * cast(concentration.revenue as double) as money,
        concentration.top10_share as value,
        cast(null as double) as before,
        cast(null as double) as change,
        10 as customers,
        concentration.customers as of_customers,
        cast(null as varchar) as name,
        'concentration' as step
    from concentration
    where concentration.top10_share >= cast($dependence_ten as double) and concentration.customers > 10
),

-- Customers of class A are later than nine of ten of their own gaps. At stake is what a period of this length
-- brought on average over their last 365 days.
valuable_late as (
    select
        'valuable_late' as rule,
        cast(sum(case when churn.late and churn.revenue_12m > 0 then churn.revenue_12m end) as double)
            * cast(cast($period_end as date) - cast($period_start as date) + 1 as double) / 365 as money,
        cast(count(case when churn.late then 1 end) as double) / cast(count(*) as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        count(case when churn.late then 1 end) as customers,
        count(*) as of_customers,
        'A' as name,
        'churn' as step
    from churn
    inner join customer_rank on churn.customer_id = customer_rank.customer_id
    where customer_rank.class = 'A'
    having count(case when churn.late then 1 end) > 0
),

-- A segment lost customers to lower ones whom nobody replaced. Scores by quantile keep everyone who does not
-- buy sinking through the middle segments, so that a fall alone is no news: arrivals from anywhere are taken
-- off. `others` is no lower place, only an unnamed one. Money: what those who fell had brought before, in
-- proportion to those not replaced.
fallen as (
    select from_segment as segment, sum(customers) as customers, sum(revenue_before) as revenue_before
    from migration
    where from_segment <> 'others' and to_segment <> 'others' and to_order > from_order
    group by from_segment
),

arrived as (
    select to_segment as segment, sum(customers) as customers
    from migration
    where from_segment is null or from_segment <> to_segment
    group by to_segment
),

segments_before as (
    select from_segment as segment, sum(customers) as customers
    from migration
    where from_segment is not null
    group by from_segment
),

balances as (
    select
        segments_before.segment,
        segments_before.customers as of_customers,
        fallen.customers - coalesce(arrived.customers, 0) as customers,
        cast(fallen.revenue_before as double) / cast(fallen.customers as double) as mean_revenue
    from segments_before
    inner join fallen on segments_before.segment = fallen.segment
    left join arrived on segments_before.segment = arrived.segment
),

segment_drained as (
    select
        'segment_drained' as rule,
        cast(customers as double) * mean_revenue as money,
        cast(customers as double) / cast(of_customers as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        customers,
        of_customers,
        segment as name,
        'migration' as step
    from balances
    where cast(customers as double) / cast(of_customers as double) >= cast($drained_share as double)
),

-- The newest cohort whose month 3 is over, against the six cohorts before it.
month_three as (
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
        cast(sum(active) as double) / cast(sum(size) as double) as retention,
        cast(sum(revenue) as double) / nullif(cast(sum(active) as double), 0) as revenue_per_active
    from month_three
    where age_rank between 2 and 7
),

newcomers_weaker as (
    select
        'newcomers_weaker' as rule,
        cast(newest.size as double) * (earlier_cohorts.retention - newest.retention)
            * earlier_cohorts.revenue_per_active as money,
        newest.retention as value,
        earlier_cohorts.retention as before,
        newest.retention - earlier_cohorts.retention as change,
        newest.size as customers,
        newest.size as of_customers,
        left(cast(newest.cohort as varchar), 7) as name,
        'cohorts' as step
    from month_three as newest
    cross join earlier_cohorts
    where
        newest.age_rank = 1
        and earlier_cohorts.cohorts = 6
        and earlier_cohorts.retention - newest.retention >= cast($newcomer_points as double)
),

-- Churn and contraction took more than new, returning and growing customers brought.
bridge as (
    select
        'revenue_bridge' as rule,
        -cast(sum(change) as double) as money,
        cast(sum(revenue) as double) as value,
        cast(sum(revenue_before) as double) as before,
        cast(sum(change) as double) as change,
        sum(case when component in ('churn', 'contraction') then customers end) as customers,
        sum(customers) as of_customers,
        cast(null as varchar) as name,
        'revenue_bridge' as step
    from revenue_bridge
    having sum(change) < 0
),

-- Returns as a share of sales, against the twelve months before the period.
return_shares as (
    select
        cast(sum(case when month >= $period_start then returns end) as double) as returns_now,
        cast(sum(case when month >= $period_start then sales end) as double) as sales_now,
        cast(sum(case when month < $period_start then returns end) as double) as returns_usual,
        cast(sum(case when month < $period_start then sales end) as double) as sales_usual,
        count(case when month < $period_start then 1 end) as months_usual
    from monthly
    where
        complete
        and month <= $period_end
        and month >= cast($period_start as date) - interval '12 months'
),

returns_rose as (
    select
        'returns_rose' as rule,
        returns_now - sales_now * returns_usual / sales_usual as money,
        returns_now / sales_now as value,
        returns_usual / sales_usual as before,
        returns_now / sales_now - returns_usual / sales_usual as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(null as varchar) as name,
        'monthly' as step
    from return_shares
    where
        sales_now > 0
        and sales_usual > 0
        -- Less than a quarter of a year is no usual share.
        and months_usual >= 3
        and returns_now / sales_now - returns_usual / sales_usual >= cast($returns_points as double)
),

-- A model whose estimate did not settle inside its bounds.
model_not_trusted as (
    select
        'model_not_trusted' as rule,
        cast(null as double) as money,
        cast(null as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(model as varchar) as name,
        'clv_fit' as step
    from clv_fit
    -- A model that took another one's place was not asked for.
    where
        status not in ('converged', 'limit', 'given', 'rule')
        and model not in (select replaced_by from clv_fit where replaced_by is not null)
    group by model
),

-- On the past no model came as close as a rule of thumb, so that is what predicts.
rule_predicts as (
    select
        'rule_predicts' as rule,
        cast(null as double) as money,
        cast(null as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(model as varchar) as name,
        'clv_fit' as step
    from clv_fit
    where status = 'rule'
),

-- Who was asked to predict: nobody took the place of another, and a model without covariates is there beside the one with them.
asked as (
    select distinct model
    from clv_fit
    where
        model not in (select replaced_by from clv_fit where replaced_by is not null)
        and (
            model like '%_covariates'
            or not exists (
                select 1 from clv_fit where model like '%_covariates' and status in ('converged', 'given')
            )
        )
),

-- Who predicts was off on the past by a share of all purchases that is worth knowing.
forecast_biased as (
    select
        case when bias > 0 then 'forecast_high' else 'forecast_low' end as rule,
        cast(null as double) as money,
        abs(bias) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        customers,
        cast(null as bigint) as of_customers,
        cast(contender as varchar) as name,
        'contest_summary' as step
    from contest_summary
    where contender in (select model from asked) and abs(bias) >= cast($forecast_bias as double)
),

check_failed as (
    select
        'check_failed' as rule,
        cast(null as double) as money,
        cast(null as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        concat(source, ': ', "check") as name,
        'audit_checks' as step
    from audit_checks
    where not passed
),

-- Money set aside by rules, as a share of all money that came in; each rule's sum counts by its size.
money_in as (
    select
        source,
        sum(case when rule is not null then abs(amount) end) as set_aside,
        sum(abs(amount)) as total
    from audit_rows
    -- Rows dated after the as-of date are no fault of the data.
    where rule is null or rule <> 'after_as_of'
    group by source
),

set_aside as (
    select
        'set_aside' as rule,
        cast(set_aside as double) as money,
        cast(set_aside as double) / cast(total as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(source as varchar) as name,
        'audit_rows' as step
    from money_in
    where total > 0 and cast(set_aside as double) / cast(total as double) > cast($set_aside_share as double)
),

fired as (
    select * from concentration_rose
    union all
    select * from dependence_one
    union all
    select * from dependence_ten
    union all
    select * from valuable_late
    union all
    select * from segment_drained
    union all
    select * from newcomers_weaker
    union all
    select * from bridge
    union all
    select * from returns_rose
    union all
    select * from model_not_trusted
    union all
    select * from rule_predicts
    union all
    select * from forecast_biased
    union all
    select * from check_failed
    union all
    select * from set_aside
),

nothing_unusual as (
    select
        'nothing_unusual' as rule,
        cast(null as double) as money,
        cast(null as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(null as varchar) as name,
        'findings' as step
    from (select count(*) as fired from fired)
    where fired = 0
)

select * from fired
union all
select * from nothing_unusual
order by money desc nulls last, rule, name
