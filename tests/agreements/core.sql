-- Grain: one row per figure that two places give. They must be equal, or both be missing.
--
-- figure       what both places say
-- one, other   the two places
-- here, there  their figures
with headline_of as (
    select
        max(case when figure = 'revenue' then now end) as revenue,
        max(case when figure = 'revenue' then before end) as revenue_before,
        max(case when figure = 'active_customers' then now end) as active,
        max(case when figure = 'new_customers' then now end) as new,
        max(case when figure = 'average_order' then now end) as average_order,
        max(case when figure = 'repeat_rate' then now end) as repeat_rate,
        max(case when figure = 'top20_share' then now end) as top20_share,
        max(case when figure = 'top20_share' then year_ago end) as top20_share_year_ago,
        max(case when figure = 'revenue_at_risk' then now end) as revenue_at_risk
    from headline
),

month_of as (
    select monthly.*
    from monthly
    inner join periods on periods.months = 1 and monthly.month = periods.period_start
),

summary_of as (
    select
        count(*) as customers,
        sum(revenue) as revenue,
        sum(revenue_12m) as revenue_12m,
        count(case when orders_12m > 0 or revenue_12m <> 0 then 1 end) as buyers,
        cast(count(case when orders_12m >= 2 then 1 end) as double) / nullif(count(case when orders_12m >= 1 then 1 end), 0) as repeat_rate
    from customer_summary
),

-- One row per figure: figure, one, other, here, there.
headlines as (
    select 'revenue' as figure, 'headline' as one, 'customer_period' as other, cast(headline_of.revenue as double) as here,
        (select cast(coalesce(sum(revenue), 0) as double) from customer_period) as there from headline_of
    union all
    select 'revenue', 'headline', 'revenue_bridge', cast(headline_of.revenue as double), bridge.revenue from headline_of
        cross join (select cast(sum(revenue) as double) as revenue from revenue_bridge having count(*) > 0) as bridge
    union all
    select 'revenue before', 'headline', 'revenue_bridge', cast(headline_of.revenue_before as double), bridge.revenue from headline_of
        cross join (select cast(sum(revenue_before) as double) as revenue from revenue_bridge having count(*) > 0) as bridge
    union all
    select 'revenue', 'headline', 'headline_bridge', cast(headline_of.revenue as double), cast(bridge.amount as double) from headline_of
        cross join (select amount from headline_bridge where component = 'end') as bridge
    union all
    select 'change of revenue', 'headline_bridge', 'its steps', bridge.ends, bridge.steps from (
        select
            cast(sum(case component when 'end' then amount when 'start' then -amount else 0 end) as double) as ends,
            cast(sum(case when is_total then 0 else amount end) as double) as steps
        from headline_bridge having count(*) > 0
    ) as bridge
    union all
    select 'revenue', 'headline', 'monthly', cast(headline_of.revenue as double), cast(month_of.revenue as double) from headline_of cross join month_of
    union all
    select 'revenue', 'headline_months', 'monthly', cast(headline_months.revenue as double), cast(month_of.revenue as double)
        from headline_months inner join month_of on headline_months.month = month_of.month
    union all
    select 'revenue', 'headline_series', 'monthly', cast(headline_series.value as double), cast(month_of.revenue as double)
        from headline_series inner join month_of on headline_series.month = month_of.month and headline_series.figure = 'revenue'
    union all
    select 'active customers', 'headline', 'monthly', cast(headline_of.active as double), cast(month_of.active as double) from headline_of cross join month_of
    union all
    select 'active customers', 'monthly', 'its parts', cast(month_of.active as double), cast(month_of.new + month_of."returning" + month_of.reactivated as double) from month_of
    union all
    select 'active customers', 'headline', 'customer_period', cast(headline_of.active as double),
        (select cast(count(case when orders > 0 then 1 end) as double) from customer_period) from headline_of
    union all
    select 'new customers', 'headline', 'monthly', cast(headline_of.new as double), cast(month_of.new as double) from headline_of cross join month_of
    union all
    select 'average order', 'headline', 'monthly', cast(headline_of.average_order as double), cast(month_of.average_order as double) from headline_of cross join month_of
    union all
    select 'repeat rate', 'headline', 'customer_summary', cast(headline_of.repeat_rate as double), round(summary_of.repeat_rate, 6) from headline_of cross join summary_of
    union all
    select 'revenue', 'headline_words', 'headline', cast(words.value as double), cast(headline_of.revenue as double) from headline_of
        cross join (select value from headline_words where place = 'answer' and figure = 'revenue') as words
),

concentrations as (
    select 'top 20 %' as figure, 'headline' as one, 'concentration' as other, cast(headline_of.top20_share as double) as here, round(concentration.top20_share, 6) as there
        from headline_of cross join concentration
    union all
    select 'top 20 %', 'concentration_words', 'concentration', words.share, concentration.top20_share
        from concentration cross join (select distinct share from concentration_words) as words
    union all
    select 'top 20 %', 'concentration_trend', 'concentration', trend.top20_share, concentration.top20_share
        from concentration cross join (select top20_share from concentration_trend order by month desc limit 1) as trend
    union all
    select 'top 20 % a year ago', 'headline', 'concentration_measures', cast(headline_of.top20_share_year_ago as double), round(measures.a_year_ago, 6)
        from headline_of cross join (select a_year_ago from concentration_measures where measure = 'top20') as measures
    union all
    select 'customers of the year', 'concentration', 'customer_summary', cast(concentration.customers as double), cast(summary_of.buyers as double) from concentration cross join summary_of
    union all
    select 'customers of the year', 'concentration', 'customer_rank', cast(concentration.customers as double), ranked.customers
        from concentration cross join (select cast(count(*) as double) as customers from customer_rank) as ranked
    union all
    select 'customers of the year', 'concentration', 'abc', cast(concentration.customers as double), classes.customers
        from concentration cross join (select cast(sum(customers) as double) as customers from abc) as classes
    union all
    select 'revenue of the year', 'concentration', 'customer_summary', cast(concentration.revenue as double), cast(summary_of.revenue_12m as double) from concentration cross join summary_of
    union all
    select 'revenue of the year', 'concentration', 'abc', cast(concentration.revenue as double), classes.revenue
        from concentration cross join (select cast(sum(revenue) as double) as revenue from abc) as classes
    union all
    select 'revenue to date', 'concentration_to_date', 'customer_summary', cast(concentration_to_date.revenue as double), cast(summary_of.revenue as double)
        from concentration_to_date cross join summary_of
    union all
    select 'customers to date', 'concentration_to_date', 'customer_summary', cast(concentration_to_date.customers as double), cast(summary_of.customers as double)
        from concentration_to_date cross join summary_of
    union all
    select 'revenue of the best', 'customers_words', 'top_customers', cast(words.revenue as double), best.revenue
        from (select distinct revenue from customers_words where revenue is not null) as words
        cross join (
            select cast(sum(revenue_12m) as double) as revenue from top_customers
            where value_rank <= (select max(shown) from customers_words)
        ) as best
    union all
    select 'share of the best customer', 'top_customers', 'concentration', best.revenue_share, concentration.top1_share
        from concentration cross join (select revenue_share from top_customers where value_rank = 1) as best
),

segmented as (
    select 'customers' as figure, 'segment_summary' as one, 'customer_summary' as other, parts.customers as here, cast(summary_of.customers as double) as there
        from summary_of cross join (select cast(sum(customers) as double) as customers from segment_summary) as parts
    union all
    select 'revenue', 'segment_summary', 'customer_summary', parts.revenue, cast(summary_of.revenue as double)
        from summary_of cross join (select cast(sum(revenue) as double) as revenue from segment_summary) as parts
    union all
    select 'customers', 'rf_grid', 'customer_summary', parts.customers, cast(summary_of.customers as double)
        from summary_of cross join (select cast(sum(customers) as double) as customers from rf_grid) as parts
    union all
    select 'revenue', 'rf_grid', 'customer_summary', parts.revenue, cast(summary_of.revenue as double)
        from summary_of cross join (select cast(sum(revenue) as double) as revenue from rf_grid) as parts
    union all
    select concat('customers in ', segment_summary.segment), 'migration', 'segment_summary', coalesce(moved.customers, 0), cast(segment_summary.customers as double)
        from segment_summary
        left join (select to_segment, cast(sum(customers) as double) as customers from migration group by to_segment) as moved
            on moved.to_segment = segment_summary.segment
        where exists (select 1 from migration)
    union all
    select concat('customers before in ', segment_summary.segment), 'migration', 'segment_summary', coalesce(moved.customers, 0), cast(segment_summary.customers_before as double)
        from segment_summary
        left join (select from_segment, cast(sum(customers) as double) as customers from migration group by from_segment) as moved
            on moved.from_segment = segment_summary.segment
        where exists (select 1 from migration)
),

churned as (
    select 'revenue at risk' as figure, 'headline' as one, 'churn' as other, cast(headline_of.revenue_at_risk as double) as here,
        (select cast(coalesce(sum(revenue_at_risk), 0) as double) from churn) as there from headline_of
    union all
    select 'revenue at risk', 'churn_words', 'churn_classes', cast(words.money as double), (select cast(sum(revenue_at_risk) as double) from churn_classes)
        from (select distinct money from churn_words) as words
    union all
    select 'revenue at risk', 'churn_words', 'churn', cast(words.money as double), (select cast(sum(revenue_at_risk) as double) from churn)
        from (select distinct money from churn_words) as words
    union all
    select 'customers', 'churn_words', 'customer_summary', cast(words.customers as double), cast(summary_of.customers as double)
        from summary_of cross join (select distinct customers from churn_words) as words
    union all
    select 'customers', 'churn_statuses', 'customer_summary', parts.customers, cast(summary_of.customers as double)
        from summary_of cross join (select cast(sum(customers) as double) as customers from churn_statuses) as parts
    union all
    select 'revenue of the year', 'churn_statuses', 'customer_summary', parts.revenue, cast(summary_of.revenue_12m as double)
        from summary_of cross join (select cast(sum(revenue_12m) as double) as revenue from churn_statuses) as parts
    union all
    select concat('customers ', churn_statuses.status), 'churn_statuses', 'churn', cast(churn_statuses.customers as double), coalesce(counted.customers, 0)
        from churn_statuses
        left join (select status, cast(count(*) as double) as customers from churn group by status) as counted on counted.status = churn_statuses.status
    union all
    select 'customers at risk', 'churn_words', 'churn_statuses', cast(words.late as double), cast(churn_statuses.customers as double)
        from churn_statuses cross join (select distinct late from churn_words) as words where churn_statuses.status = 'at_risk'
    union all
    select 'customers lost', 'churn_words', 'churn_statuses', cast(words.lost as double), cast(churn_statuses.customers as double)
        from churn_statuses cross join (select distinct lost from churn_words) as words where churn_statuses.status = 'lost'
    union all
    select 'money of the lost', 'churn_words', 'churn_statuses', cast(words.lost_money as double), cast(churn_statuses.revenue_12m as double)
        from churn_statuses cross join (select distinct lost_money from churn_words) as words where churn_statuses.status = 'lost'
    union all
    select 'customers not known', 'churn_words', 'churn_statuses', cast(words.not_known as double), cast(churn_statuses.customers as double)
        from churn_statuses cross join (select distinct not_known from churn_words) as words where churn_statuses.status = 'not_known'
    union all
    select 'customers at risk of class A', 'churn_words', 'churn_classes', cast(words.late_best as double), cast(churn_classes.at_risk as double)
        from churn_classes cross join (select distinct late_best from churn_words) as words where churn_classes.class = 'A'
    union all
    select 'customers at risk of class A', 'churn_words', 'churn_valuable', cast(words.late_best as double), (select cast(count(*) as double) from churn_valuable)
        from (select distinct late_best from churn_words) as words
    union all
    select 'customers at risk', 'churn_classes', 'churn_statuses', parts.customers, cast(churn_statuses.customers as double)
        from churn_statuses cross join (select cast(sum(at_risk) as double) as customers from churn_classes) as parts where churn_statuses.status = 'at_risk'
    union all
    select 'customers at risk', 'winback', 'churn_statuses', parts.customers, cast(churn_statuses.customers as double)
        from churn_statuses cross join (select cast(count(*) as double) as customers from winback where status = 'at_risk') as parts where churn_statuses.status = 'at_risk'
    union all
    select 'revenue at risk', 'winback', 'churn', parts.money, (select cast(coalesce(sum(revenue_at_risk), 0) as double) from churn)
        from (select cast(coalesce(sum(revenue_at_risk), 0) as double) as money from winback) as parts
),

cohorted as (
    select 'new customers' as figure, 'cohorts' as one, 'monthly' as other, cast(coalesce(cohort.size, 0) as double) as here, cast(month_of.new as double) as there
        from month_of left join (select distinct cohort, size from cohorts) as cohort on cohort.cohort = month_of.month
),

found as (
    select 'findings' as figure, 'findings_words' as one, 'its own count' as other, cast(count(*) as double) as here,
        (select cast(max("count") as double) from findings_words where place = 'answer') as there
        from findings_words where rule is not null having count(*) > 0
    union all
    select concat('customers of ', findings.rule), 'findings', findings.step, cast(findings.customers as double), (select cast(count(*) as double) from churn_valuable)
        from findings where findings.rule = 'valuable_late'
    union all
    select concat('money of ', findings.rule), 'findings', 'churn_valuable', cast(findings.money as double),
        (select cast(sum(churn.revenue_at_risk) as double) from churn inner join churn_valuable on churn.customer_id = churn_valuable.customer_id)
        from findings where findings.rule = 'valuable_late'
    union all
    select concat('value of ', findings.rule), 'findings', 'headline', cast(findings.value as double), cast(headline_of.revenue as double)
        from findings cross join headline_of where findings.rule in ('revenue_bridge', 'revenue_bridge_up', 'revenue_up', 'revenue_down')
    union all
    select concat('value of ', findings.rule), 'findings', 'headline', cast(findings.value as double), cast(headline_of.active as double)
        from findings cross join headline_of where findings.rule in ('customers_up', 'customers_down')
    union all
    select concat('value of ', findings.rule), 'findings', 'headline', cast(findings.value as double), cast(headline_of.new as double)
        from findings cross join headline_of where findings.rule in ('newcomers_up', 'newcomers_down')
)

select * from headlines
union all
select * from concentrations
union all
select * from segmented
union all
select * from churned
union all
select * from cohorted
union all
select * from found
