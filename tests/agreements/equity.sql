-- As core.sql: value after costs, and what customers cost.
with ends as (
    select
        max(case when component = 'value' then amount end) as value,
        sum(case when is_total then 0 else amount end) as steps
    from equity_composition
)

select 'value after costs' as figure, 'equity' as one, 'customer_value' as other, cast(equity.value as double) as here,
    (select cast(sum(value) as double) from customer_value) as there from equity
union all
select 'value after costs', 'equity', 'value_lead', cast(equity.value as double), cast(value_lead.value as double) from equity cross join value_lead where value_lead.after_costs
union all
select 'customers', 'equity', 'value_lead', cast(equity.customers as double), cast(value_lead.customers as double) from equity cross join value_lead
union all
select 'value after costs', 'equity_words', 'equity', cast(words.value as double), cast(equity.value as double)
    from equity cross join (select distinct value from equity_words where value is not null) as words
union all
select 'value after costs', 'equity', 'its change', cast(equity.value - equity.value_before as double), cast(equity.from_number + equity.from_mean as double)
    from equity where equity.value_before is not null
union all
select 'costs', 'acquisition_by_channel', 'acquisition', parts.cost, (select cast(sum(cost) as double) from acquisition)
    from (select cast(sum(cost) as double) as cost from acquisition_by_channel having count(*) > 0) as parts
union all
select 'newcomers', 'acquisition_by_channel', 'acquisition', parts.customers, (select cast(sum(customers) as double) from (select distinct channel, cohort, customers from acquisition))
    from (select cast(sum(customers) as double) as customers from acquisition_by_channel having count(*) > 0) as parts
