-- As core.sql: what sentences say, beside the tables that they speak of.
with said as (
    select 'customers' as figure, 'account_managers_words' as one, 'account_managers' as other, cast(words.customers as double) as here,
        (select cast(sum(customers) as double) from account_managers where account_manager <> '-') as there
        from account_managers_words as words where words.word = 'account_managers.answer'
    union all
    select 'new customers', 'account_managers_words', 'account_managers', cast(words.new as double), (select cast(sum(new) as double) from account_managers where account_manager <> '-')
        from account_managers_words as words where words.word = 'account_managers.answer'
    union all
    select 'customers lost', 'account_managers_words', 'account_managers', cast(words.lost as double), (select cast(sum(lost) as double) from account_managers where account_manager <> '-')
        from account_managers_words as words where words.word = 'account_managers.answer'
    union all
    select 'customers at risk', 'account_managers_words', 'account_managers', cast(words.at_risk as double), (select cast(sum(at_risk) as double) from account_managers where account_manager <> '-')
        from account_managers_words as words where words.word = 'account_managers.answer'
    union all
    select 'revenue at risk', 'account_managers_words', 'account_managers', cast(words.revenue as double), (select cast(sum(at_risk_revenue) as double) from account_managers where account_manager <> '-')
        from account_managers_words as words where words.word = 'account_managers.answer'
    union all
    select 'customers won', 'acquisition_words', 'acquisition_by_channel', cast(words.customers as double), (select cast(sum(customers) as double) from acquisition_by_channel)
        from acquisition_words as words where words.place = 'answer' and words.customers is not null
    union all
    select 'tasks done', 'care_words', 'care_kinds', cast(words.done as double), (select cast(sum(done) as double) from care_kinds)
        from (select distinct done from care_words where done is not null) as words
    union all
    select 'tasks past', 'care_words', 'care_kinds', cast(words.past as double), (select cast(sum(past) as double) from care_kinds)
        from (select distinct past from care_words where past is not null) as words
    union all
    select 'customers newly lost', 'churn_words', 'account_managers', cast(words.newly as double), (select cast(sum(lost) as double) from account_managers)
        from (select distinct newly from churn_words where newly is not null) as words
    union all
    select 'open complaints', 'complaints_words', 'complaints_open', cast(words.open as double), (select cast(count(*) as double) from complaints_open)
        from (select distinct open from complaints_words where place = 'answer' and open is not null) as words
    union all
    select 'overdue complaints', 'complaints_words', 'complaints_open', cast(words.overdue as double), (select cast(count(days_over) as double) from complaints_open)
        from (select distinct overdue from complaints_words where place = 'answer' and overdue is not null) as words
    union all
    select 'valuable customers silent', 'complaints_words', 'complaints_silent', cast(words.customers as double), (select cast(count(*) as double) from complaints_silent)
        from (select distinct customers from complaints_words where word = 'complaints.answer.both') as words
    union all
    select 'their revenue', 'complaints_words', 'complaints_silent', cast(words.money as double), (select cast(sum(revenue_12m) as double) from complaints_silent)
        from (select distinct money from complaints_words where word = 'complaints.answer.both') as words
    union all
    select 'complaints', 'complaints_words', 'complaints', cast(words.complaints as double), (select cast(sum(complaints) as double) from complaints)
        from (select distinct complaints from complaints_words where complaints is not null) as words
    union all
    select 'complaints before', 'complaints_words', 'complaints', cast(words.before as double), (select cast(sum(complaints_before) as double) from complaints)
        from (select distinct before from complaints_words where before is not null) as words
    union all
    select 'values stated', 'completeness_words', 'completeness_fields', cast(words.stated as double), (select cast(sum(stated) as double) from completeness_fields)
        from (select distinct stated from completeness_words where word = 'completeness.answer.filled') as words
    union all
    select 'valuable customers with a field missing', 'completeness_words', 'completeness_managers', cast(words.incomplete as double), (select cast(sum(valuable_incomplete) as double) from completeness_managers)
        from (select distinct incomplete from completeness_words where word in ('completeness.answer.valuable', 'completeness.answer.valuable_none')) as words
    union all
    select 'customers with both labels', 'crossing_words', 'crossing', cast(words.moved as double),
        (select cast(sum(customers) as double) from crossing where from_label is not null and to_label is not null)
        from (select distinct moved from crossing_words where word = 'crossing.answer.now') as words
    union all
    select 'profit', 'customer_profit_words', 'customer_profit', cast(words.profit as double), (select cast(sum(profit) as double) from customer_profit)
        from (select distinct profit from customer_profit_words where word = 'customer_profit.answer.profit') as words
    union all
    select 'costs', 'customer_profit_words', 'customer_profit_reconciled', cast(words.cost as double), cast(listed.cost as double)
        from (select distinct cost from customer_profit_words where word = 'customer_profit.answer.profit') as words
        cross join customer_profit_reconciled as listed where listed.kind = 'all'
    union all
    select 'customers', 'departures_words', 'departures_customers', cast(words.of_customers as double), (select cast(count(*) as double) from departures_customers)
        from (select distinct of_customers from departures_words where word in ('departures.answer.all_handed', 'departures.answer.open')) as words
    union all
    select 'customers of the year', 'dependency_words', 'concentration', cast(words.of_customers as double), cast(concentration.customers as double)
        from concentration cross join (select distinct of_customers from dependency_words where of_customers is not null) as words
    union all
    select 'undervalued customers', 'engagement_words', 'engagement_quarters', cast(words.customers as double), cast(quarters.customers as double)
        from engagement_quarters as quarters cross join (select distinct customers from engagement_words where place = 'answer' and customers is not null) as words
        where quarters.quarter = 'undervalued'
    union all
    select concat('customers of ', quarters.quarter), 'engagement_words', 'engagement_quarters', cast(words.customers as double), cast(quarters.customers as double)
        from engagement_quarters as quarters inner join engagement_words as words on words.word = concat('engagement.note.', quarters.quarter)
    union all
    select 'customers of the first stage', 'funnel_words', 'funnel', cast(words.of_customers as double), cast(funnel.customers as double)
        from funnel cross join (select distinct of_customers from funnel_words where place = 'answer' and of_customers is not null) as words where funnel.stage_order = 1
    union all
    select 'customers who ordered', 'funnel_words', 'funnel', cast(words.customers as double), cast(funnel.customers as double)
        from funnel cross join (select distinct customers from funnel_words where place = 'answer' and of_customers is not null) as words where funnel.stage = 'order'
    union all
    select 'change of revenue', 'growth_sources_words', 'growth_sources', abs(cast(words.change as double)), abs(cast(growth_sources.revenue_change as double))
        from growth_sources cross join (select distinct change from growth_sources_words where place = 'answer' and change is not null) as words where growth_sources.is_total
    union all
    select 'customers in red', 'health_words', 'health_colours', cast(words.customers as double), cast(colours.customers as double)
        from health_colours as colours cross join (select distinct customers from health_words where place = 'answer' and customers is not null) as words where colours.colour = 'red'
    union all
    select 'customers whose light fell', 'health_words', 'health_fallen', cast(words.customers as double), (select cast(count(*) as double) from health_fallen)
        from health_words as words where words.word = 'health.note.fallen'
    union all
    select 'customers lost', 'health_words', 'churn_statuses', cast(words.others as double), cast(churn_statuses.customers as double)
        from churn_statuses cross join health_words as words where words.word = 'health.note.lost' and churn_statuses.status = 'lost'
    union all
    select 'active customers', 'indicators_words', 'headline', cast(words.active as double), cast(headline.now as double)
        from headline cross join (select distinct active from indicators_words where place = 'answer' and active is not null) as words where headline.figure = 'active_customers'
    union all
    select 'new customers', 'indicators_words', 'headline', cast(words.new as double), cast(headline.now as double)
        from headline cross join (select distinct new from indicators_words where place = 'answer' and new is not null) as words where headline.figure = 'new_customers'
    union all
    select 'leads', 'journey_words', 'journey', cast(words.leads as double), cast(journey.people as double)
        from journey cross join (select distinct leads from journey_words where place = 'answer' and leads is not null) as words where journey.step = 'lead'
    union all
    select 'leads who ordered', 'journey_words', 'journey', cast(words.customers as double), cast(journey.people as double)
        from journey cross join (select distinct customers from journey_words where place = 'answer' and customers is not null) as words where journey.step = 'customer'
    union all
    select 'customers who ended or decline', 'lifecycle_words', 'lifecycle_phases', cast(words.customers as double),
        (select cast(sum(customers) as double) from lifecycle_phases where phase in ('decline', 'ended'))
        from (select distinct customers from lifecycle_words where place = 'answer' and customers is not null) as words
    union all
    select 'losses', 'losses_words', 'losses_reasons', cast(words.losses as double), (select cast(sum(losses) as double) from losses_reasons)
        from losses_words as words where words.word = 'losses.answer.count'
    union all
    select 'money of the lost', 'losses_words', 'losses_reasons', cast(words.money as double), (select cast(sum(spent) as double) from losses_reasons)
        from losses_words as words where words.word = 'losses.answer.count'
    union all
    select 'requests to leave', 'losses_words', 'losses_requests', cast(words.requests as double), cast(requests.requests as double)
        from losses_words as words cross join losses_requests as requests where words.word = 'losses.note.saved' and requests.span = 'now'
    union all
    select 'papers missing', 'losses_words', 'losses_late', cast(words.missing as double), (select cast(count(*) as double) from losses_late where state = 'missing')
        from (select distinct missing from losses_words where missing is not null) as words
    union all
    select 'customers gone and not reported', 'losses_words', 'losses_unreported', cast(words.unreported as double), (select cast(count(*) as double) from losses_unreported)
        from (select distinct unreported from losses_words where unreported is not null) as words
    union all
    select 'loyal customers', 'loyalty_words', 'loyalty_types', cast(words.loyal as double), (select cast(sum(customers) as double) from loyalty_types where type <> 'few')
        from (select distinct loyal from loyalty_words where loyal is not null) as words
    union all
    select 'managers', 'manager_scores_words', 'manager_scores', cast(words.managers as double), (select cast(count(*) as double) from manager_scores)
        from (select distinct managers from manager_scores_words where managers is not null) as words
    union all
    select 'dormant cards', 'membership_words', 'membership_dormant', cast(words.customers as double), (select cast(count(*) as double) from membership_dormant)
        from membership_words as words where words.word = 'membership.note.dormant'
    union all
    select 'customers near the next card', 'membership_words', 'membership_near', cast(words.customers as double), (select cast(count(*) as double) from membership_near)
        from membership_words as words where words.word in ('membership.note.near', 'membership.note.near_by_day')
    union all
    select 'customers to enrol', 'membership_words', 'membership_enrol', cast(words.customers as double), (select cast(count(*) as double) from membership_enrol)
        from membership_words as words where words.word = 'membership.note.enrol'
    union all
    select 'customers with a next category', 'next_category_words', 'next_category', cast(words.customers as double), (select cast(count(*) as double) from next_category)
        from next_category_words as words where words.word = 'next_category.answer'
    union all
    select 'share of new goods', 'new_goods_ratio_words', 'new_goods_windows', words.ratio, windows.revenue_share
        from new_goods_windows as windows
        cross join (select distinct ratio from new_goods_ratio_words where place = 'answer' and ratio is not null and days = 365) as words
        where windows.span = 'year'
    union all
    select 'customers of the year', 'parents_words', 'concentration', cast(words.of_customers as double), cast(concentration.customers as double)
        from concentration cross join (select distinct of_customers from parents_words where of_customers is not null) as words
    union all
    select concat('members of ', pareto.basis), 'pareto_words', 'pareto', cast(words.members as double), cast(pareto.members as double)
        from pareto inner join (select distinct basis, members from pareto_words where members is not null) as words on words.basis = pareto.basis
    union all
    select 'revenue', 'performance_words', 'headline', cast(words.revenue as double), cast(headline.now as double)
        from headline cross join (select distinct revenue from performance_words where place = 'answer' and revenue is not null and name is null) as words where headline.figure = 'revenue'
    union all
    select 'customers to develop', 'potential_words', 'potential_actions', cast(words.customers as double), cast(potential_actions.customers as double)
        from potential_actions cross join (select distinct customers from potential_words where place = 'answer' and customers is not null) as words where potential_actions.action = 'develop'
    union all
    select 'customers losing', 'profit_deciles_words', 'profit_deciles', cast(words.losing as double), (select cast(sum(losing) as double) from profit_deciles)
        from (select distinct losing from profit_deciles_words where losing is not null) as words
    union all
    select 'open', 'receivables_words', 'receivables_summary', cast(words.open as double), cast(summary.open as double)
        from receivables_summary as summary cross join (select distinct open from receivables_words where place = 'answer' and open is not null) as words
    union all
    select 'overdue', 'receivables_words', 'receivables_ageing', cast(words.overdue as double), (select cast(sum(overdue) as double) from receivables_ageing)
        from (select distinct overdue from receivables_words where place = 'answer' and overdue is not null) as words
    union all
    select 'deadlines overdue', 'reminders_words', 'reminders', cast(words.overdue as double), (select cast(count(*) as double) from reminders where severity = 'overdue')
        from (select distinct overdue from reminders_words where place = 'answer' and overdue is not null) as words
    union all
    select 'invoices overdue', 'reminders_words', 'receivables_summary', cast(words.overdue as double), cast(summary.overdue_invoices as double)
        from receivables_summary as summary cross join reminders_words as words where words.word = 'reminders.note.invoices'
    union all
    select 'active customers with a value', 'retention_economics_words', 'retention_economics_lost', cast(words.active as double), cast(lost.active as double)
        from retention_economics_lost as lost cross join (select distinct active from retention_economics_words where active is not null) as words
    union all
    select 'retention', 'retention_economics_words', 'retention_what_if', words.retention, what_if.retention
        from retention_what_if as what_if cross join (select distinct retention from retention_economics_words where retention is not null) as words where what_if.scenario = 'now'
    union all
    select 'more margin', 'retention_economics_words', 'retention_what_if', cast(words.gain as double), cast(what_if.gain as double)
        from retention_what_if as what_if cross join (select distinct gain from retention_economics_words where gain is not null and place = 'answer') as words where what_if.scenario = 'higher'
    union all
    select concat('share of ', rates.rate), 'satisfaction_rates_words', 'satisfaction_rates', words.share, rates.share
        from satisfaction_rates as rates inner join satisfaction_rates_words as words on words.rate = rates.rate
    union all
    select 'customers with an answer', 'satisfaction_words', 'satisfaction', cast(words.customers as double), cast(satisfaction.customers as double)
        from satisfaction cross join (select distinct customers from satisfaction_words where word like 'satisfaction.answer.%') as words
    union all
    select 'customers who answered', 'satisfaction_words', 'satisfaction_answered', cast(words.answered as double), cast(standing.customers as double)
        from satisfaction_answered as standing cross join (select distinct answered from satisfaction_words where word like 'satisfaction.answer.%') as words where standing.standing = 'answered'
    union all
    select 'score', 'scorecard_words', 'scorecard', cast(words.score as double), cast(scorecard.score as double)
        from scorecard cross join (select distinct score from scorecard_words where place = 'answer' and score is not null) as words where scorecard.main
    union all
    select 'customers of the largest segment', 'segments_words', 'segment_summary', cast(words.customers as double), cast(summary.customers as double)
        from segment_summary as summary inner join segments_words as words on words.segment = summary.segment and words.word = 'segments.answer'
    union all
    select 'complaints', 'service_words', 'service', cast(words.complaints as double), cast(service.complaints as double)
        from service cross join (select distinct complaints from service_words where place = 'answer' and complaints is not null) as words
    union all
    select concat('complaints about ', reasons.reason), 'service_words', 'service_reasons', cast(words.reason_complaints as double), cast(reasons.complaints as double)
        from service_reasons as reasons inner join (select distinct reason, reason_complaints from service_words where word = 'service.note.reason') as words on words.reason = reasons.reason
    union all
    select 'customers in both spans', 'trade_up_words', 'trade_up', cast(words.customers as double),
        (select cast(sum(customers) as double) from trade_up where from_rung is not null and to_rung is not null)
        from (select distinct customers from trade_up_words where customers is not null) as words
    union all
    select 'customers in both spans', 'category_migration_words', 'category_migration', cast(words.customers as double),
        (select cast(sum(customers) as double) from category_migration where from_category is not null and to_category is not null)
        from (select distinct customers from category_migration_words where customers is not null) as words
    union all
    select 'customers in both spans', 'category_migration_words', 'category_migration', cast(words.moved as double),
        (select cast(sum(customers) as double) from category_migration where from_category <> to_category)
        from (select distinct moved from category_migration_words where moved is not null) as words
    union all
    select 'VIPs', 'vips_words', 'vips', cast(words.vips as double), (select cast(count(*) as double) from vips)
        from (select distinct vips from vips_words where place = 'answer' and vips is not null) as words
    union all
    select 'spend of VIPs', 'vips_words', 'vips', cast(words.spend as double), (select cast(sum(spend) as double) from vips)
        from (select distinct spend from vips_words where place = 'answer' and spend is not null) as words
    union all
    select 'customers', 'wallet_words', 'wallet_summary', cast(words.customers as double), cast(summary.customers as double)
        from wallet_summary as summary cross join (select distinct customers from wallet_words where place = 'answer' and customers is not null) as words
    union all
    select 'customers in all clusters', 'clusters_words', 'clusters_profile', cast(words.customers as double), (select cast(sum(customers) as double) from clusters_profile)
        from (select distinct customers from clusters_words where place = 'answer' and customers is not null) as words
)

select * from said
