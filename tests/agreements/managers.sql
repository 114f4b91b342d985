-- As core.sql: account managers, what they look after, and how they score.
with everybody as (
    select cast(count(*) as double) as customers, cast(sum(revenue_12m) as double) as revenue from customer_summary
),

headline_of as (
    select
        cast(max(case when figure = 'revenue' then now end) as double) as revenue,
        cast(max(case when figure = 'revenue' then before end) as double) as revenue_before,
        cast(max(case when figure = 'new_customers' then now end) as double) as new
    from headline
),

by_manager as (
    select
        cast(sum(customers) as double) as customers,
        cast(sum(new) as double) as new,
        cast(sum(lost) as double) as lost,
        cast(sum(at_risk) as double) as at_risk,
        cast(sum(revenue) as double) as revenue,
        cast(sum(revenue_before) as double) as revenue_before
    from account_managers
    having count(*) > 0
),

looked_after as (
    select 'customers' as figure, 'account_managers' as one, 'customer_summary' as other, by_manager.customers as here, everybody.customers as there from by_manager cross join everybody
    union all
    select 'revenue', 'account_managers', 'headline', by_manager.revenue, headline_of.revenue from by_manager cross join headline_of
    union all
    select 'revenue before', 'account_managers', 'headline', by_manager.revenue_before, headline_of.revenue_before from by_manager cross join headline_of
        where by_manager.revenue_before is not null
    union all
    select 'new customers', 'account_managers', 'headline', by_manager.new, headline_of.new from by_manager cross join headline_of
    union all
    select 'customers lost in the period', 'account_managers', 'retention_economics_lost', by_manager.lost, cast(lost.customers as double)
        from by_manager cross join retention_economics_lost as lost
    union all
    select 'customers at risk, or new in the period', 'account_managers_watched', 'churn_statuses',
        (select cast(count(*) as double) from account_managers_watched where status = 'at_risk'), cast(churn_statuses.customers as double)
        from churn_statuses where churn_statuses.status = 'at_risk'
    union all
    select 'new customers with a manager', 'account_managers_new', 'account_managers', (select cast(count(*) as double) from account_managers_new),
        (select cast(coalesce(sum(new), 0) as double) from account_managers where account_manager <> '-')
    union all
    select 'lost customers with a manager', 'account_managers_lost', 'account_managers', (select cast(count(*) as double) from account_managers_lost),
        (select cast(coalesce(sum(lost), 0) as double) from account_managers where account_manager <> '-')
    union all
    select 'customers at risk with a manager', 'account_managers_at_risk', 'account_managers', (select cast(count(*) as double) from account_managers_at_risk),
        (select cast(coalesce(sum(at_risk), 0) as double) from account_managers where account_manager <> '-')
    union all
    select 'their revenue', 'account_managers_at_risk', 'account_managers', (select cast(coalesce(sum(revenue_12m), 0) as double) from account_managers_at_risk),
        (select cast(coalesce(sum(at_risk_revenue), 0) as double) from account_managers where account_manager <> '-')
    union all
    select 'revenue of the year', 'departures_hands', 'customer_summary', parts.revenue, everybody.revenue
        from everybody cross join (select round(cast(sum(revenue_12m) as double), 2) as revenue from departures_hands having count(*) > 0) as parts
    union all
    select 'revenue of the year', 'departures_concentration', 'customer_summary', cast(concentration.revenue_12m as double), everybody.revenue
        from everybody cross join departures_concentration as concentration
    union all
    select 'revenue in the hands of managers', 'departures_concentration', 'departures_hands', cast(concentration.assigned as double), parts.revenue
        from departures_concentration as concentration
        cross join (select cast(sum(revenue_12m) as double) as revenue from departures_hands where account_manager <> '-') as parts
    union all
    select 'managers', 'departures_concentration', 'departures_hands', cast(concentration.managers as double), (select cast(count(*) as double) from departures_hands where account_manager <> '-')
        from departures_concentration as concentration
    union all
    select concat('customers of ', managers.account_manager), 'departures_managers', 'departures_customers', cast(managers.customers as double), cast(count(*) as double)
        from departures_managers as managers inner join departures_customers as listed on listed.account_manager = managers.account_manager and listed.left_on = managers.left_on
        group by managers.account_manager, managers.left_on, managers.customers
    union all
    select concat('customers of ', account_manager), 'departures_managers', 'its parts', cast(customers as double), cast(handed_over + open as double) from departures_managers
    union all
    select 'customers not handed over', 'departures_open', 'departures_managers', (select cast(count(*) as double) from departures_open), (select cast(coalesce(sum(open), 0) as double) from departures_managers)
    union all
    select 'their revenue', 'departures_open', 'departures_managers', (select cast(coalesce(sum(revenue_12m), 0) as double) from departures_open),
        (select cast(coalesce(sum(open_revenue), 0) as double) from departures_managers)
    union all
    select concat('spent of ', managers.account_manager), 'departures_managers', 'departures_customers', cast(managers.spent as double), cast(sum(listed.spent) as double)
        from departures_managers as managers inner join departures_customers as listed on listed.account_manager = managers.account_manager and listed.left_on = managers.left_on
        group by managers.account_manager, managers.left_on, managers.spent
),

scored as (
    select 'revenue' as figure, 'manager_scores_credits' as one, 'headline' as other, cast(credits.revenue as double) as here, headline_of.revenue as there
        from manager_scores_credits as credits cross join headline_of
    union all
    select 'revenue', 'manager_scores_credits', 'its parts', cast(credits.revenue as double), cast(credits.credited + credits.nobody + credits.uncredited as double)
        from manager_scores_credits as credits
    union all
    select 'credited revenue', 'manager_scores', 'manager_scores_credits', round((select cast(sum(revenue) as double) from manager_scores), 2), round(cast(credits.credited as double), 2)
        from manager_scores_credits as credits
    union all
    select 'customers whose shares do not sum to 100 %', 'manager_scores_splits', 'manager_scores_credits', (select cast(count(*) as double) from manager_scores_splits), cast(credits.split_customers as double)
        from manager_scores_credits as credits
    union all
    select 'revenue not credited', 'manager_scores_splits', 'manager_scores_credits', (select cast(coalesce(sum(uncredited), 0) as double) from manager_scores_splits), cast(credits.uncredited as double)
        from manager_scores_credits as credits
    union all
    select 'managers', 'manager_scores_bands', 'manager_scores', (select cast(sum(managers) as double) from manager_scores_bands), cast(count(*) as double)
        from manager_scores having count(*) > 0
    union all
    select 'credited revenue', 'manager_scores_bands', 'manager_scores', (select cast(sum(revenue) as double) from manager_scores_bands), cast(sum(revenue) as double)
        from manager_scores having count(*) > 0
    union all
    select 'managers with a score', 'manager_scores_pay', 'manager_scores', (select cast(count(*) as double) from manager_scores_pay), cast(count(score) as double)
        from manager_scores where exists (select 1 from manager_scores_pay)
    union all
    select concat('points of ', manager_scores.account_manager), 'manager_scores_parts', 'manager_scores', parts.points, cast(manager_scores.points as double)
        from manager_scores
        inner join (select account_manager, cast(sum(points) as double) as points from manager_scores_parts group by account_manager) as parts on parts.account_manager = manager_scores.account_manager
    union all
    select concat('score of ', manager_scores.account_manager), 'manager_scores_pay', 'manager_scores', cast(pay.score as double), cast(manager_scores.score as double)
        from manager_scores inner join manager_scores_pay as pay on pay.account_manager = manager_scores.account_manager
    union all
    select concat('managers with data for ', reached.part), 'manager_scores_reached', 'manager_scores_parts', cast(reached.managers as double), cast(count(parts.reached) as double)
        from manager_scores_reached as reached inner join manager_scores_parts as parts on parts.part = reached.part
        group by reached.part, reached.managers
    union all
    select concat('managers with data for ', measured.item), 'manager_scores_measured', 'manager_scores_items', cast(measured.managers as double), cast(count(*) as double)
        from manager_scores_measured as measured inner join manager_scores_items as items on items.part = measured.part and items.item = measured.item
        group by measured.part, measured.item, measured.managers
),

carded as (
    select concat('points of ', scorecard.scorecard, coalesce(scorecard.subject, '')) as figure, 'scorecard_perspectives' as one, 'scorecard' as other, parts.points as here, cast(scorecard.score as double) as there
        from scorecard
        inner join (select scorecard, subject, cast(sum(points) as double) as points from scorecard_perspectives group by scorecard, subject) as parts
            on parts.scorecard = scorecard.scorecard and coalesce(parts.subject, '') = coalesce(scorecard.subject, '')
    union all
    select concat('weights of ', scorecard.scorecard, coalesce(scorecard.subject, '')), 'scorecard_perspectives', 'one hundred', parts.weight, 100.0
        from scorecard
        inner join (select scorecard, subject, cast(sum(weight) as double) as weight from scorecard_perspectives group by scorecard, subject) as parts
            on parts.scorecard = scorecard.scorecard and coalesce(parts.subject, '') = coalesce(scorecard.subject, '')
        where scorecard.score is not null and scorecard.faults = 0
    union all
    select concat('measures of ', scorecard.scorecard, coalesce(scorecard.subject, '')), 'scorecard_leaves', 'scorecard', leaves.measures, cast(scorecard.measures as double)
        from scorecard
        inner join (select scorecard, subject, cast(count(*) as double) as measures from scorecard_leaves where time = 'now' group by scorecard, subject) as leaves
            on leaves.scorecard = scorecard.scorecard and coalesce(leaves.subject, '') = coalesce(scorecard.subject, '')
    union all
    select concat('points of ', scorecard.scorecard, coalesce(scorecard.subject, '')), 'scorecard_leaves', 'scorecard', leaves.points, cast(scorecard.score as double)
        from scorecard
        inner join (select scorecard, subject, cast(sum(points) as double) as points from scorecard_leaves where time = 'now' group by scorecard, subject) as leaves
            on leaves.scorecard = scorecard.scorecard and coalesce(leaves.subject, '') = coalesce(scorecard.subject, '')
    union all
    select concat('points lost of ', scorecard.scorecard, coalesce(scorecard.subject, '')), 'scorecard_weak', 'scorecard', weak.lost, cast(100 - scorecard.score as double)
        from scorecard
        inner join (select scorecard, subject, cast(sum(lost) as double) as lost from scorecard_weak group by scorecard, subject) as weak
            on weak.scorecard = scorecard.scorecard and coalesce(weak.subject, '') = coalesce(scorecard.subject, '')
        where scorecard.score is not null
    union all
    select 'score', 'scorecard_bridge', 'scorecard', cast(sum(case when bridge.is_total and bridge.step_name = 'score' then bridge.amount end) as double), max(scorecard.score)
        from scorecard_bridge as bridge cross join (select cast(score as double) as score from scorecard where main) as scorecard
    union all
    select 'steps to the score', 'scorecard_bridge', 'scorecard', cast(sum(case when bridge.step_name <> 'score' then bridge.amount end) as double), max(scorecard.score)
        from scorecard_bridge as bridge cross join (select cast(score as double) as score from scorecard where main) as scorecard
    union all
    select 'revenue', 'scorecard_measures', 'headline', cast(measures.value as double), headline_of.revenue
        from scorecard_measures as measures cross join headline_of where measures.measure = 'revenue' and measures.subject = 'all'
    union all
    select concat(measures.measure, ' of the shop'), 'scorecard_measures', 'headline', cast(measures.value as double), cast(headline.now as double)
        from scorecard_measures as measures inner join headline on headline.figure = measures.measure
        where measures.step = headline.step
    union all
    select concat('score of ', measures.subject), 'scorecard_measures', 'manager_scores', cast(measures.value as double), cast(manager_scores.score as double)
        from scorecard_measures as measures inner join manager_scores on manager_scores.account_manager = measures.subject
        where measures.step = 'manager_scores' and measures.measure like '%score%'
)

select * from looked_after
union all
select * from scored
union all
select * from carded
