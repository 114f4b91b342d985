-- As core.sql: what customers say, and how they were written to.
with buyers as (
    select cast(count(*) as double) as customers, cast(sum(revenue_12m) as double) as revenue
    from customer_summary
    where orders_12m > 0
),

complained as (
    select 'complaints' as figure, 'complaints_months' as one, 'complaints_voices' as other, cast(months.complaints as double) as here, cast(voices.complaints as double) as there
        from (select sum(complaints) as complaints from complaints_months having count(*) > 0) as months
        cross join (
            select count(*) as complaints from complaints_voices
            where voice = 'complaint' and cast(date_trunc('month', day) as date) in (select month from complaints_months)
        ) as voices
    union all
    select 'inquiries and suggestions', 'complaints_months', 'complaints_voices', cast(months.others as double), cast(voices.others as double)
        from (select sum(inquiries + suggestions) as others from complaints_months having count(*) > 0) as months
        cross join (
            select count(*) as others from complaints_voices
            where voice <> 'complaint' and cast(date_trunc('month', day) as date) in (select month from complaints_months)
        ) as voices
    union all
    select 'open complaints', 'complaints_open', 'complaints_voices', (select cast(count(*) as double) from complaints_open),
        (select cast(count(*) as double) from complaints_voices where voice = 'complaint' and closed_on is null)
    union all
    select 'complaint shares', 'complaints', 'one', sum(complaint_share), 1.0 from complaints having sum(complaint_share) is not null
    union all
    select 'valuable customers silent', 'complaints_rate', 'complaints_silent', cast(complaints_rate.silent as double), (select cast(count(*) as double) from complaints_silent) from complaints_rate
    union all
    select 'customers who complained and bought', 'satisfaction_rates', 'complaints_rate', cast(rates.customers as double), cast(complaints_rate.buying_complainers as double)
        from satisfaction_rates as rates cross join complaints_rate
        where rates.rate = 'complaint' and complaints_rate.customers = rates.of_customers
    union all
    select 'customers with an order in the year', 'satisfaction_rates', 'customer_summary', cast(rates.of_customers as double), buyers.customers
        from buyers cross join satisfaction_rates as rates where rates.rate = 'complaint'
    union all
    select 'complaints', 'service_reasons', 'service', cast(parts.complaints as double), cast(service.complaints as double)
        from service cross join (select coalesce(sum(complaints), 0) as complaints from service_reasons) as parts
    union all
    select 'complaints', 'service', 'its parts', cast(complaints as double), cast(open + solved + unsolved as double) from service
    union all
    select concat('complaints about ', reason), 'service_reasons', 'its parts', cast(complaints as double), cast(open + solved + unsolved as double) from service_reasons
    union all
    select 'open complaints', 'service_reasons', 'service', cast(parts.open as double), cast(service.open as double)
        from service cross join (select coalesce(sum(open), 0) as open from service_reasons) as parts
    union all
    select 'customers matched', 'service_likes', 'service_matched', cast(parts.customers as double), cast(service_matched.customers + service_matched.unmatched as double)
        from service_matched cross join (select coalesce(sum(complained), 0) as customers from service_likes) as parts
),

lost as (
    select 'losses' as figure, 'losses_months' as one, 'losses_register' as other, cast(months.losses as double) as here, cast(register.losses as double) as there
        from (select coalesce(sum("left" + lapsed + released + not_said), 0) as losses from losses_months) as months
        cross join (
            select count(*) as losses from losses_register
            where cast(date_trunc('month', lost_on) as date) in (select month from losses_months)
        ) as register
    union all
    select concat('losses, ', reasons.nature, ', ', reasons.cause), 'losses_reasons', 'losses_register',
        cast(reasons.losses + coalesce(reasons.losses_before, 0) as double),
        cast((select count(*) from losses_register where losses_register.nature = reasons.nature and losses_register.cause = reasons.cause) as double)
        from losses_reasons as reasons
        where (select min(lost_on) from losses_register) > (select period_end - interval '700 days' from periods) and reasons.losses_before is not null
    union all
    select 'requests to leave', 'losses_requests', 'its parts', cast(requests as double), cast(kept + gone + open as double) from losses_requests
),

said as (
    select 'customers with an answer' as figure, 'satisfaction' as one, 'satisfaction_customers' as other, cast(satisfaction.customers as double) as here,
        (select cast(count(*) as double) from satisfaction_customers) as there from satisfaction
    union all
    select 'satisfaction', 'satisfaction', 'satisfaction_customers', satisfaction.satisfaction, (select avg(satisfaction) from satisfaction_customers) from satisfaction
    union all
    select 'content customers', 'satisfaction', 'satisfaction_customers', cast(satisfaction.content as double), (select cast(count(case when content then 1 end) as double) from satisfaction_customers) from satisfaction
    union all
    select 'content customers', 'satisfaction_referrals', 'satisfaction', cast(referrals.customers as double), cast(satisfaction.content as double)
        from satisfaction cross join satisfaction_referrals as referrals where referrals.content
    union all
    select 'customers with an answer', 'satisfaction_referrals', 'satisfaction', parts.customers, cast(satisfaction.customers as double)
        from satisfaction cross join (select cast(sum(customers) as double) as customers from satisfaction_referrals) as parts
    union all
    select 'customers with an order in the year', 'satisfaction_answered', 'customer_summary', parts.customers, buyers.customers
        from buyers cross join (select cast(sum(customers) as double) as customers from satisfaction_answered where standing <> 'no_order') as parts
    union all
    select 'their revenue', 'satisfaction_answered', 'customer_summary', parts.revenue, buyers.revenue
        from buyers cross join (select cast(sum(revenue_12m) as double) as revenue from satisfaction_answered where standing <> 'no_order') as parts
    union all
    select 'customers in bands', 'satisfaction_curve', 'satisfaction_bands', curve.customers, bands.customers
        from (select cast(sum(customers) as double) as customers from satisfaction_curve) as curve
        cross join (select cast(sum(customers) as double) as customers from satisfaction_bands) as bands
    union all
    select 'customers', 'loyalty_types', 'customer_summary', parts.customers, buyers.customers
        from buyers cross join (select cast(sum(customers) as double) as customers from loyalty_types having count(*) > 0) as parts
    union all
    select 'their revenue', 'loyalty_types', 'customer_summary', parts.revenue, buyers.revenue
        from buyers cross join (select cast(sum(revenue_12m) as double) as revenue from loyalty_types having count(*) > 0) as parts
    union all
    select concat('customers of type ', loyalty_types.type), 'loyalty_types', 'loyalty_customers', cast(loyalty_types.customers as double), coalesce(listed.customers, 0)
        from loyalty_types left join (select type, cast(count(*) as double) as customers from loyalty_customers group by type) as listed on listed.type = loyalty_types.type
    union all
    select 'loyal customers', 'loyalty_measures', 'loyalty_types', cast(measures.numerator as double), parts.loyal
        from loyalty_measures as measures cross join (select cast(sum(case when type <> 'few' then customers else 0 end) as double) as loyal from loyalty_types) as parts
        where measures.measure = 'loyal_share'
    union all
    select 'revenue of loyal customers', 'loyalty_measures', 'loyalty_types', cast(measures.numerator as double), parts.revenue
        from loyalty_measures as measures cross join (select cast(sum(case when type <> 'few' then revenue_12m else 0 end) as double) as revenue from loyalty_types) as parts
        where measures.measure = 'loyal_revenue'
    union all
    select 'repeat rate', 'loyalty_measures', 'headline', round(cast(measures.measured as double), 6), cast(headline.now as double)
        from loyalty_measures as measures cross join headline where measures.measure = 'repeat_rate' and headline.figure = 'repeat_rate'
    union all
    select 'repeat rate a year ago', 'loyalty_measures', 'headline', round(cast(measures.a_year_ago as double), 6), cast(headline.year_ago as double)
        from loyalty_measures as measures cross join headline where measures.measure = 'repeat_rate' and headline.figure = 'repeat_rate'
),

wallets as (
    select 'customers' as figure, 'wallet_summary' as one, 'wallet' as other, cast(summary.customers as double) as here, (select cast(count(distinct customer_id) as double) from wallet) as there
        from wallet_summary as summary
    union all
    select 'answers', 'wallet_summary', 'wallet', cast(summary.answers as double), (select cast(count(*) as double) from wallet) from wallet_summary as summary
    union all
    select 'answers', 'wallet_answers', 'wallet_summary', (select cast(count(*) as double) from wallet_answers), cast(summary.answers + summary.left_out as double) from wallet_summary as summary
    union all
    select 'understated answers', 'wallet_summary', 'wallet', cast(summary.understated as double), (select cast(count(*) as double) from wallet where understated) from wallet_summary as summary
    union all
    select concat('money of ', parts.place), parts.place, 'wallet_summary', parts.spend, cast(summary.spend_all as double)
        from wallet_summary as summary
        cross join (
            select 'wallet_segments' as place, cast(coalesce(sum(spend_all), 0) as double) as spend from wallet_segments
            union all
            select 'wallet_categories', cast(coalesce(sum(spend_all), 0) as double) from wallet_categories
            union all
            select 'wallet', cast(coalesce(sum(spend_all), 0) as double) from wallet
        ) as parts
    union all
    select concat('money elsewhere of ', parts.place), parts.place, 'wallet_summary', parts.elsewhere, cast(summary.elsewhere as double)
        from wallet_summary as summary
        cross join (
            select 'wallet_segments' as place, cast(coalesce(sum(elsewhere), 0) as double) as elsewhere from wallet_segments
            union all
            select 'wallet_categories', cast(coalesce(sum(elsewhere), 0) as double) from wallet_categories
            union all
            select 'wallet', cast(coalesce(sum(elsewhere), 0) as double) from wallet
        ) as parts
    union all
    select 'customers', 'wallet_segments', 'wallet_summary', (select cast(coalesce(sum(customers), 0) as double) from wallet_segments), cast(summary.customers as double) from wallet_summary as summary
    union all
    select 'customers with an order or money', 'wallet_summary', 'customer_rank', cast(summary.bought as double), (select cast(count(*) as double) from customer_rank) from wallet_summary as summary
),

written as (
    select concat('share of buyers, ', rates.campaign_id) as figure, 'campaigns_rates' as one, 'campaigns_response' as other, rates.treated_rate as here, response.treated_rate as there
        from campaigns_rates as rates inner join campaigns_response as response on response.campaign_id = rates.campaign_id
    union all
    select 'customers of the first stage', 'funnel', 'funnel_customers', cast(funnel.customers as double), (select cast(count(*) as double) from funnel_customers)
        from funnel where funnel.stage_order = 1
    union all
    select 'customers who entered', 'funnel_channels', 'funnel_customers', (select cast(sum(customers) as double) from funnel_channels), (select cast(count(*) as double) from funnel_customers)
        where exists (select 1 from funnel_channels)
    union all
    select 'customers who ordered', 'funnel_channels', 'funnel', (select cast(sum(ordered) as double) from funnel_channels), cast(funnel.customers as double)
        from funnel where funnel.stage = 'order' and exists (select 1 from funnel_channels)
    union all
    select concat('contacts of ', benchmark.stage), 'funnel_benchmark', 'funnel', cast(benchmark.contacts as double), cast(funnel.contacts as double)
        from funnel_benchmark as benchmark inner join funnel on funnel.stage = benchmark.stage
)

select * from complained
union all
select * from lost
union all
select * from said
union all
select * from wallets
union all
select * from written
