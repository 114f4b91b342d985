-- As core.sql: who customers are, how complete their profiles are, and how leads become customers.
with everybody as (
    select
        cast(count(*) as double) as customers,
        cast(sum(revenue_12m) as double) as revenue,
        cast(sum(orders_12m) as double) as orders,
        cast(count(case when orders_12m > 0 or revenue_12m <> 0 then 1 end) as double) as buyers
    from customer_summary
),

groups as (
    select
        dimension,
        cast(sum(customers) as double) as customers,
        cast(sum(buyers) as double) as buyers,
        cast(sum(revenue_12m) as double) as revenue,
        cast(sum(orders_12m) as double) as orders,
        cast(sum(case when value <> '-' then customers else 0 end) as double) as stated,
        cast(sum(groups) as double) as values_here,
        cast(sum(lost) as double) as lost,
        cast(sum(at_risk) as double) as at_risk
    from profile
    group by dimension
),

profiles as (
    select concat('customers by ', groups.dimension) as figure, 'profile' as one, 'customer_summary' as other, groups.customers as here, everybody.customers as there
        from groups cross join everybody
    union all
    select concat('buyers by ', groups.dimension), 'profile', 'customer_summary', groups.buyers, everybody.buyers from groups cross join everybody
    union all
    select concat('revenue by ', groups.dimension), 'profile', 'customer_summary', groups.revenue, everybody.revenue from groups cross join everybody
    union all
    select concat('orders by ', groups.dimension), 'profile', 'customer_summary', groups.orders, everybody.orders from groups cross join everybody
    union all
    select concat('customers stated by ', groups.dimension), 'profile', 'profile_dimensions', groups.stated, cast(profile_dimensions.stated as double)
        from groups inner join profile_dimensions on profile_dimensions.dimension = groups.dimension
    union all
    select concat('lost by ', groups.dimension), 'profile', 'churn_statuses', groups.lost, cast(churn_statuses.customers as double)
        from groups cross join churn_statuses where churn_statuses.status = 'lost'
    union all
    select concat('at risk by ', groups.dimension), 'profile', 'churn_statuses', groups.at_risk, cast(churn_statuses.customers as double)
        from groups cross join churn_statuses where churn_statuses.status = 'at_risk'
    union all
    select concat('customers of ', profile_dimensions.dimension), 'profile_dimensions', 'customer_summary', cast(profile_dimensions.customers as double), everybody.customers
        from profile_dimensions cross join everybody
    union all
    select concat('stated: ', completeness_fields.field), 'completeness_fields', 'profile_dimensions', cast(completeness_fields.stated as double), cast(profile_dimensions.stated as double)
        from completeness_fields inner join profile_dimensions on profile_dimensions.dimension = completeness_fields.field
    union all
    select concat('asked and not stated: ', field), 'completeness_fields', 'completeness_fields', cast(missing as double), cast(customers - stated as double) from completeness_fields
    union all
    select 'customers', 'completeness_managers', 'customer_summary', parts.customers, everybody.customers
        from everybody cross join (select cast(sum(customers) as double) as customers from completeness_managers having count(*) > 0) as parts
    union all
    select 'values stated', 'completeness_managers', 'completeness_fields', parts.stated, fields.stated
        from (select cast(sum(values_stated) as double) as stated from completeness_managers having count(*) > 0) as parts
        cross join (select cast(sum(stated) as double) as stated from completeness_fields having count(*) > 0) as fields
    union all
    select 'values asked', 'completeness_managers', 'completeness_fields', parts.asked, fields.asked
        from (select cast(sum(values_asked) as double) as asked from completeness_managers having count(*) > 0) as parts
        cross join (select cast(sum(customers) as double) as asked from completeness_fields having count(*) > 0) as fields
    union all
    select 'customers of class A', 'completeness_managers', 'abc', parts.valuable, cast(abc.customers as double)
        from abc cross join (select cast(sum(valuable) as double) as valuable from completeness_managers having count(*) > 0) as parts
        where abc.class = 'A'
    union all
    select 'customers of class A', 'completeness_fields', 'abc', cast(max(completeness_fields.valuable) as double), cast(abc.customers as double)
        from completeness_fields cross join abc where abc.class = 'A'
        group by abc.customers
    union all
    select 'customers of class A with a field missing', 'completeness_list', 'completeness_managers',
        (select cast(count(*) as double) from completeness_list where missing_fields > 0), parts.incomplete
        from (select cast(sum(valuable_incomplete) as double) as incomplete from completeness_managers having count(*) > 0) as parts
    union all
    select 'their revenue', 'completeness_list', 'completeness_managers',
        (select cast(coalesce(sum(revenue_12m), 0) as double) from completeness_list where missing_fields > 0), parts.revenue
        from (select cast(sum(revenue_12m) as double) as revenue from completeness_managers having count(*) > 0) as parts
    union all
    select concat('customers of ', completeness_managers.account_manager), 'completeness_managers', 'account_managers', cast(completeness_managers.customers as double), cast(account_managers.customers as double)
        from completeness_managers inner join account_managers on account_managers.account_manager = completeness_managers.account_manager
    union all
    select 'VIPs without an account manager', 'completeness_vips_list', 'completeness_vips', (select cast(count(*) as double) from completeness_vips_list), cast(completeness_vips.without as double)
        from completeness_vips
    union all
    select 'revenue of VIPs without an account manager', 'completeness_vips_list', 'completeness_vips',
        (select cast(coalesce(sum(revenue_12m), 0) as double) from completeness_vips_list), cast(completeness_vips.revenue_12m as double)
        from completeness_vips
    union all
    select 'VIPs', 'completeness_vips', 'membership_counts', cast(completeness_vips.vips as double), (select cast(coalesce(sum(customers), 0) as double) from membership_counts where is_vip)
        from completeness_vips
),

journeys as (
    select concat('people up to ', step.step) as figure, 'journey' as one, 'the step before' as other, cast(step.people_from as double) as here, cast(before.people as double) as there
        from journey as step inner join journey as before on before.step_order = step.step_order - 1
    union all
    select 'leads', 'journey', 'journey_people', cast(journey.people as double), (select cast(count(*) as double) from journey_people) from journey where journey.step = 'lead'
    union all
    select 'leads who ordered', 'journey', 'journey_people', cast(journey.people as double), (select cast(count(ordered_on) as double) from journey_people)
        from journey where journey.step = 'customer'
    union all
    select concat('leads of ', cast(journey_months.month as varchar)), 'journey_months', 'journey_people', cast(journey_months.people as double), cast(count(*) as double)
        from journey_months
        inner join journey_people on cast(date_trunc('month', journey_people.first_day) as date) = journey_months.month
        group by journey_months.month, journey_months.people
    union all
    select concat('asked in ', journey_asked.step), 'journey_asked', 'journey_answers', cast(journey_asked.asked as double), cast(count(*) as double)
        from journey_asked
        inner join lifecycle on lifecycle.stage = case journey_asked.step when 'customer' then 'one_time' else journey_asked.step end
        inner join journey_answers on journey_answers.customer_id = lifecycle.customer_id
        group by journey_asked.step, journey_asked.asked
),

crossed as (
    select concat('customers in ', segment_summary.segment) as figure, 'crossing' as one, 'segment_summary' as other, coalesce(parts.customers, 0) as here, cast(segment_summary.customers as double) as there
        from segment_summary
        left join (select from_label, cast(sum(customers) as double) as customers from crossing where from_words like '%segments%' group by from_label) as parts on parts.from_label = segment_summary.segment
        where exists (select 1 from crossing where from_words like '%segments%')
    union all
    select concat('customers in ', lifecycle_phases.phase), 'crossing', 'lifecycle_phases', coalesce(parts.customers, 0), cast(lifecycle_phases.customers as double)
        from lifecycle_phases
        left join (select to_label, cast(sum(customers) as double) as customers from crossing where to_words like '%phase%' group by to_label) as parts on parts.to_label = lifecycle_phases.phase
        where exists (select 1 from crossing where to_words like '%phase%')
    union all
    select 'customers of the rows', 'crossing', 'crossing_from', parts.customers, (select cast(count(*) as double) from crossing_from)
        from (select cast(sum(customers) as double) as customers from crossing where from_label is not null having count(*) > 0) as parts
)

select * from profiles
union all
select * from journeys
union all
select * from crossed
