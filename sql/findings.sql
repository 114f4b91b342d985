-- Grain: one row per rule that fired and thing that it fired for, most money first; `nothing_unusual` alone
-- where none did.
--
-- rule          key
-- money         decimal, six places: money at stake; NULL where the rule has none
-- value         likewise: the figure that the rule looks at, money, a share or a number
-- before        likewise: what it is compared with; NULL where it is not
-- change        likewise: value - before
-- customers     whom it concerns; of stray_orders the orders
-- of_customers  of how many
-- name          segment, cohort month, customer, model, day or check, as the rule needs
-- step          the table that the figure comes from
--
-- Of fewer than $least_customers nothing is said, be it all customers, a class, a segment or a cohort: what one of a few does
-- is no finding. Rules on the data itself hold whatever their number. And a change must be more than what one customer more
-- or less at a bound, or many with the same value, make of it by themselves.
--
-- Parameters: $period_start, $period_end; $least_customers; the thresholds $concentration_points, $dependence_one,
-- $dependence_ten, $late_share, $drained_share, $newcomer_points, $returns_points, $set_aside_share, $forecast_bias, all as
-- shares of 1.
-- $least_customers must be a whole number of 1 or more
-- $late_share must be a number from 0 to 1
-- $concentration_points must be a number from 0 to 1
-- $dependence_one must be a number from 0 to 1
-- $dependence_ten must be a number from 0 to 1
-- $drained_share must be a number from 0 to 1
-- $newcomer_points must be a number from 0 to 1
-- $returns_points must be a number from 0 to 1
-- $set_aside_share must be a number from 0 to 1
-- $forecast_bias must be a number from 0 to 1

-- The best fifth holds more of the revenue than a year ago: by more than its last customer can have, as a fifth is rounded up
-- to whole customers.
with concentration_rose as (
    select
        'concentration_rose' as rule,
        cast(
            cast(headline.now - headline.year_ago as decimal(38, 6)) * cast(concentration.revenue as decimal(38, 6))
            as decimal(38, 6)
        ) as money,
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
        and headline.now - headline.year_ago > headline.now / concentration.top20_customers
),

-- One customer holds a large share of the revenue.
dependence_one as (
    select
        'dependence_one' as rule,
        cast(top_customers.revenue as decimal(38, 6)) as money,
        cast(concentration.top1_share as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
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
        cast(
            cast(concentration.top10_share as decimal(38, 9)) * cast(concentration.revenue as decimal(38, 6))
            as decimal(38, 6)
        ) as money,
        cast(concentration.top10_share as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        10 as customers,
        concentration.customers as of_customers,
        cast(null as varchar) as name,
        'concentration' as step
    from concentration
    where concentration.top10_share >= cast($dependence_ten as double) and concentration.customers > 10
),

-- Customers of class A are later than nine of ten of their own gaps. One in ten is so at any time, as the measure has it;
-- here they are more. At stake is what a period of this length brought on average over their last 365 days.
valuable_late as (
    select
        'valuable_late' as rule,
        cast(
            cast(sum(case when churn.late and churn.revenue_12m > 0 then churn.revenue_12m end) as decimal(38, 6))
            * cast(cast($period_end as date) - cast($period_start as date) + 1 as bigint) / 365 as decimal(38, 6)
        ) as money,
        cast(cast(count(case when churn.late then 1 end) as double) / count(*) as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        count(case when churn.late then 1 end) as customers,
        count(*) as of_customers,
        'A' as name,
        'churn' as step
    from churn
    inner join customer_rank on churn.customer_id = customer_rank.customer_id
    where customer_rank.class = 'A'
    having
        count(*) >= $least_customers
        and cast(count(case when churn.late then 1 end) as double) > cast($late_share as double) * count(*)
),

-- A segment lost customers to lower ones whom nobody replaced. Scores by quantile keep everyone who does not
-- buy sinking through the middle segments, so that a fall alone is no news: arrivals from anywhere are taken
-- off. So are those who did nothing while a bound passed over them, and of one day's customers, who pass a bound together,
-- the segment must have lost more. `others` is no lower place, only an unnamed one. Money: what those who fell had
-- brought before, in proportion to those not replaced.
fallen as (
    select
        from_segment as segment,
        sum(customers) as customers,
        sum(revenue_before) as revenue_before,
        sum(regraded) as regraded,
        sum(same_day) as same_day
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
        fallen.customers - fallen.regraded - coalesce(arrived.customers, 0) as customers,
        fallen.same_day,
        fallen.revenue_before,
        fallen.customers as fallen
    from segments_before
    inner join fallen on segments_before.segment = fallen.segment
    left join arrived on segments_before.segment = arrived.segment
),

segment_drained as (
    select
        'segment_drained' as rule,
        cast(cast(revenue_before as decimal(38, 6)) * customers / fallen as decimal(38, 6)) as money,
        cast(cast(customers as double) / of_customers as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        customers,
        of_customers,
        segment as name,
        'migration' as step
    from balances
    where
        of_customers >= $least_customers
        and cast(customers - same_day as double) / of_customers >= cast($drained_share as double)
),

-- The newest cohort whose month 3 is over, against the six cohorts before it: two standard errors below, so that chance does
-- not make it.
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
        sum(size) as size,
        sum(active) as active,
        cast(sum(active) as double) / cast(sum(size) as double) as retention,
        sum(revenue) as revenue
    from month_three
    where age_rank between 2 and 7
),

newcomers_weaker as (
    select
        'newcomers_weaker' as rule,
        -- So many more would have come at the earlier rate, each with what an earlier one brought.
        cast(
            cast(earlier_cohorts.revenue as decimal(38, 6))
            * cast(newest.size * (earlier_cohorts.retention - newest.retention) as decimal(18, 6))
            / nullif(earlier_cohorts.active, 0) as decimal(38, 6)
        ) as money,
        cast(newest.retention as decimal(38, 6)) as value,
        cast(earlier_cohorts.retention as decimal(38, 6)) as before,
        cast(newest.retention - earlier_cohorts.retention as decimal(38, 6)) as change,
        newest.size as customers,
        newest.size as of_customers,
        left(cast(newest.cohort as varchar), 7) as name,
        'cohorts' as step
    from month_three as newest
    cross join earlier_cohorts
    where
        newest.age_rank = 1
        and earlier_cohorts.cohorts = 6
        and newest.size >= $least_customers
        and earlier_cohorts.retention - newest.retention >= cast($newcomer_points as double)
        and power(earlier_cohorts.retention - newest.retention, 2)
            >= 4 * (1.0 / newest.size + 1.0 / earlier_cohorts.size)
            * cast(earlier_cohorts.active + newest.active as double) / (earlier_cohorts.size + newest.size)
            * (1 - cast(earlier_cohorts.active + newest.active as double) / (earlier_cohorts.size + newest.size))
),

-- Churn and contraction took more than new, returning and growing customers brought.
bridge as (
    select
        'revenue_bridge' as rule,
        cast(-sum(change) as decimal(38, 6)) as money,
        cast(sum(revenue) as decimal(38, 6)) as value,
        cast(sum(revenue_before) as decimal(38, 6)) as before,
        cast(sum(change) as decimal(38, 6)) as change,
        sum(case when component in ('churn', 'contraction') then customers end) as customers,
        sum(customers) as of_customers,
        cast(null as varchar) as name,
        'revenue_bridge' as step
    from revenue_bridge
    having sum(change) < 0 and sum(customers) >= $least_customers
),

-- Returns as a share of sales, against the twelve months before the period.
return_shares as (
    select
        sum(case when month >= $period_start then returns end) as returns_now,
        sum(case when month >= $period_start then sales end) as sales_now,
        sum(case when month < $period_start then returns end) as returns_usual,
        sum(case when month < $period_start then sales end) as sales_usual,
        max(case when month >= $period_start then active end) as active,
        count(case when month < $period_start then 1 end) as months_usual
    from monthly
    where
        complete
        and month <= $period_end
        and month >= cast($period_start as date) - interval '12 months'
),

return_rates as (
    select
        *,
        cast(cast(returns_now as double) / nullif(cast(sales_now as double), 0) as decimal(38, 9)) as rate,
        cast(cast(returns_usual as double) / nullif(cast(sales_usual as double), 0) as decimal(38, 9)) as usual
    from return_shares
),

returns_rose as (
    select
        'returns_rose' as rule,
        cast(returns_now - cast(sales_now as decimal(38, 6)) * usual as decimal(38, 6)) as money,
        cast(rate as decimal(38, 6)) as value,
        cast(usual as decimal(38, 6)) as before,
        cast(rate - usual as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(null as varchar) as name,
        'monthly' as step
    from return_rates
    where
        active >= $least_customers
        and sales_now > 0
        and sales_usual > 0
        -- Less than a quarter of a year is no usual share.
        and months_usual >= 3
        and rate - usual >= cast($returns_points as double)
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

-- Who predicts was off in a window of the past, or in the newest one, by a share of its purchases that is worth knowing.
-- The value is that of the worst window, by its size; `before` is the newest one's, above zero where too many were foretold.
forecast_biased as (
    select
        case when bias_highest >= -bias_lowest then 'forecast_high' else 'forecast_low' end as rule,
        cast(null as double) as money,
        greatest(bias_highest, -bias_lowest) as value,
        bias_latest as before,
        cast(null as double) as change,
        customers,
        cast(null as bigint) as of_customers,
        cast(contender as varchar) as name,
        'contest_summary' as step
    from contest_summary
    where
        contender in (select model from asked)
        and greatest(bias_highest, -bias_lowest) >= cast($forecast_bias as double)
),

-- Orders that lie years before all others, which forecasts leave out. The name is the last day with one, the value the days
-- from it to the next order.
stray_orders as (
    select
        'stray_orders' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(stray_gap_days as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        cast(stray_orders as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(stray_last as varchar) as name,
        'origins' as step
    from origins
    where stray_orders > 0
),

check_failed as (
    select
        'check_failed' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(null as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
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
        cast(set_aside as decimal(38, 6)) as money,
        cast(cast(set_aside as double) / cast(total as double) as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(source as varchar) as name,
        'audit_rows' as step
    from money_in
    where total > 0 and cast(set_aside as double) / cast(total as double) > cast($set_aside_share as double)
),

of_customers as (
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
),

of_forecasts as (
    select * from model_not_trusted
    union all
    select * from rule_predicts
    union all
    select * from forecast_biased
),

of_data as (
    select * from stray_orders
    union all
    select * from check_failed
    union all
    select * from set_aside
),

enough as (
    select coalesce(max(customers), 0) >= $least_customers as enough from concentration
),

fired as (
    select * from of_customers where (select enough from enough)
    union all
    select
        rule,
        cast(money as decimal(38, 6)) as money,
        cast(value as decimal(38, 6)) as value,
        cast(before as decimal(38, 6)) as before,
        cast(change as decimal(38, 6)) as change,
        customers,
        of_customers,
        name,
        step
    from of_forecasts
    where (select enough from enough)
    union all
    select * from of_data
),

nothing_unusual as (
    select
        'nothing_unusual' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(null as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
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
