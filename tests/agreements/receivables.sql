-- As core.sql: what customers owe, and which deadlines are open.
with invoices as (
    select
        cast(count(case when open > 0 then 1 end) as double) as invoices,
        cast(sum(open) as double) as open,
        cast(sum(case when state = 'overdue' then open else 0 end) as double) as overdue,
        cast(count(case when state = 'overdue' and open > 0 then 1 end) as double) as overdue_invoices,
        cast(sum(case when state = 'chase' then open else 0 end) as double) as chase,
        cast(count(case when state = 'chase' and open > 0 then 1 end) as double) as chase_invoices,
        cast(count(distinct case when open > 0 then customer_id end) as double) as customers,
        cast(count(case when customer_id is null then 1 end) as double) as nobodys
    from receivables_invoices
),

parts as (
    select 'receivables_ageing' as place, cast(sum(open) as double) as open, cast(sum(overdue) as double) as overdue, cast(sum(invoices) as double) as invoices from receivables_ageing having count(*) > 0
    union all
    select 'receivables_customers', cast(sum(open) as double), cast(sum(overdue) as double), cast(sum(invoices) as double) from receivables_customers having count(*) > 0
    union all
    select 'receivables_managers', cast(sum(open) as double), cast(sum(overdue) as double), null from receivables_managers having count(*) > 0
    union all
    select 'receivables_matrix', cast(sum(open) as double), cast(sum(overdue) as double), null from receivables_matrix having count(*) > 0
)

select 'balance' as figure, 'receivables_summary' as one, 'its parts' as other, cast(balance as double) as here, cast(open - overpaid + refunds as double) as there from receivables_summary
union all
select 'open', 'receivables_summary', 'its states', cast(open as double), cast(not_yet + chase + overdue as double) from receivables_summary
union all
select 'open', 'receivables_invoices', 'receivables_summary', invoices.open, cast(summary.open as double) from receivables_summary as summary cross join invoices
union all
select 'overdue', 'receivables_invoices', 'receivables_summary', invoices.overdue, cast(summary.overdue as double) from receivables_summary as summary cross join invoices
union all
select 'invoices', 'receivables_invoices', 'receivables_summary', invoices.invoices, cast(summary.invoices as double) from receivables_summary as summary cross join invoices
union all
select 'customers', 'receivables_invoices', 'receivables_summary', invoices.customers, cast(summary.customers as double) from receivables_summary as summary cross join invoices
union all
select 'overdue invoices', 'receivables_invoices', 'receivables_summary', invoices.overdue_invoices, cast(summary.overdue_invoices as double) from receivables_summary as summary cross join invoices
union all
select 'open', parts.place, 'receivables_summary', parts.open, cast(summary.open as double)
    from receivables_summary as summary cross join invoices cross join parts
    where parts.place = 'receivables_ageing' or invoices.nobodys = 0
union all
select 'overdue', parts.place, 'receivables_summary', parts.overdue, cast(summary.overdue as double)
    from receivables_summary as summary cross join invoices cross join parts
    where parts.place = 'receivables_ageing' or invoices.nobodys = 0
union all
select 'invoices', parts.place, 'receivables_summary', parts.invoices, cast(summary.invoices as double)
    from receivables_summary as summary cross join invoices cross join parts
    where parts.invoices is not null and (parts.place = 'receivables_ageing' or invoices.nobodys = 0)
union all
select 'customers', 'receivables_matrix', 'receivables_customers', (select cast(sum(customers) as double) from receivables_matrix), cast(count(*) as double)
    from receivables_customers having count(*) > 0
union all
select 'customers', 'receivables_managers', 'receivables_customers', (select cast(sum(customers) as double) from receivables_managers), cast(count(*) as double)
    from receivables_customers where exists (select 1 from receivables_managers)
union all
select concat('open, ', chased.state), 'receivables_chase', 'receivables_summary', chased.open, cast(case chased.state when 'overdue' then summary.overdue else summary.chase end as double)
    from receivables_summary as summary
    cross join (select state, cast(sum(open) as double) as open from receivables_chase group by state) as chased
union all
select concat('invoices, ', chased.state), 'receivables_chase', 'receivables_summary', chased.invoices, cast(case chased.state when 'overdue' then summary.overdue_invoices else summary.chase_invoices end as double)
    from receivables_summary as summary
    cross join (select state, cast(count(*) as double) as invoices from receivables_chase group by state) as chased
union all
select 'to be chased', 'receivables_managers', 'receivables_summary', parts.chase, cast(summary.chase as double)
    from receivables_summary as summary cross join invoices cross join (select cast(sum(chase) as double) as chase from receivables_managers having count(*) > 0) as parts
    where invoices.nobodys = 0
union all
select 'paid in time', 'receivables_managers', 'receivables_summary', parts.paid, cast(summary.term_paid as double)
    from receivables_summary as summary cross join invoices cross join (select cast(sum(term_paid) as double) as paid from receivables_managers having count(*) > 0) as parts
    where invoices.nobodys = 0
union all
select 'paid in time', 'receivables_customers', 'receivables_summary', parts.paid, cast(summary.term_paid as double)
    from receivables_summary as summary cross join invoices cross join (select cast(sum(term_paid) as double) as paid from receivables_customers having count(*) > 0) as parts
    where invoices.nobodys = 0
union all
select 'invoiced with an end in the year', 'receivables_customers', 'receivables_summary', parts.invoiced, cast(summary.term_invoiced as double)
    from receivables_summary as summary cross join invoices cross join (select cast(sum(term_invoiced) as double) as invoiced from receivables_customers having count(*) > 0) as parts
    where invoices.nobodys = 0
union all
select concat('open of ', cast(months.month as varchar)), 'receivables_months', 'receivables_invoices', cast(months.open as double), cast(sum(invoices_of.open) as double)
    from receivables_months as months
    inner join receivables_invoices as invoices_of on cast(date_trunc('month', invoices_of.day) as date) = months.month
    group by months.month, months.open
union all
select 'overpaid', 'receivables_overpaid', 'receivables_summary', (select cast(coalesce(sum(overpaid), 0) as double) from receivables_overpaid), cast(summary.overpaid as double)
    from receivables_summary as summary
union all
select concat('more than 90 days: ', ageing.band), 'receivables_ageing', 'receivables_summary', cast(ageing.open as double), cast(summary.over_90 as double)
    from receivables_summary as summary cross join receivables_ageing as ageing where ageing.lowest = 91
union all
select 'open invoices', 'reminders_kinds', 'receivables_summary', cast(kinds.amount as double), cast(summary.open as double)
    from receivables_summary as summary cross join reminders_kinds as kinds where kinds.kind = 'invoice'
union all
select 'overdue invoices', 'reminders_kinds', 'receivables_summary', cast(kinds.overdue_amount as double), cast(summary.overdue as double)
    from receivables_summary as summary cross join reminders_kinds as kinds where kinds.kind = 'invoice'
union all
select 'number of overdue invoices', 'reminders_kinds', 'receivables_summary', cast(kinds.overdue as double), cast(summary.overdue_invoices as double)
    from receivables_summary as summary cross join reminders_kinds as kinds where kinds.kind = 'invoice'
union all
select concat('deadlines ', severities.severity), 'reminders_kinds', 'reminders', severities.deadlines, (select cast(count(*) as double) from reminders where reminders.severity = severities.severity)
    from (
        select 'overdue' as severity, cast(coalesce(sum(overdue), 0) as double) as deadlines from reminders_kinds
        union all
        select 'soon', cast(coalesce(sum(soon), 0) as double) from reminders_kinds
        union all
        select 'later', cast(coalesce(sum(later), 0) as double) from reminders_kinds
    ) as severities
union all
select concat('deadlines ', severities.severity), 'reminders_by_manager', 'reminders', severities.deadlines, (select cast(count(*) as double) from reminders where reminders.severity = severities.severity)
    from (
        select 'overdue' as severity, cast(coalesce(sum(overdue), 0) as double) as deadlines from reminders_by_manager
        union all
        select 'soon', cast(coalesce(sum(soon), 0) as double) from reminders_by_manager
        union all
        select 'later', cast(coalesce(sum(later), 0) as double) from reminders_by_manager
    ) as severities
union all
select 'overdue money', 'reminders_by_manager', 'reminders_kinds', (select cast(coalesce(sum(overdue_amount), 0) as double) from reminders_by_manager), (select cast(coalesce(sum(overdue_amount), 0) as double) from reminders_kinds)
