-- As core.sql: early warning.
select 'customers' as figure, 'warning_summary' as one, 'warning_words' as other, cast(warning_summary.customers as double) as here, cast(words.customers as double) as there
    from warning_summary cross join (select distinct customers from warning_words where word like 'warning.answer%') as words
union all
select 'customers with an action', 'warning_actions', 'early_warning', parts.customers, (select cast(count(*) as double) from early_warning where action is not null)
    from (select cast(sum(customers) as double) as customers from warning_actions having count(*) > 0) as parts
union all
select concat('stake of ', warning_actions.action), 'warning_actions', 'early_warning', cast(warning_actions.revenue_at_stake as double), listed.stake
    from warning_actions
    left join (select action, cast(sum(revenue_at_stake) as double) as stake from early_warning group by action) as listed on listed.action = warning_actions.action
union all
select concat('status of ', early_warning.customer_id), 'early_warning', 'churn', cast(length(early_warning.status) as double), cast(length(churn.status) as double)
    from early_warning inner join churn on churn.customer_id = early_warning.customer_id
    where early_warning.status <> churn.status
union all
select 'customers late', 'warning_words', 'its parts', cast(words.late as double), cast(words.risk + words.cooling as double)
    from (select distinct late, risk, cooling from warning_words where place = 'calls') as words
union all
select 'customers late', 'warning_words', 'early_warning', cast(words.late as double),
    (select cast(count(*) as double) from early_warning where status in ('at_risk', 'cooling'))
    from (select distinct late from warning_words where place = 'calls') as words
