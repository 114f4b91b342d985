-- As core.sql: figures of predicted value.
with longest as (
    select * from value_horizons order by days desc limit 1
),

predicted as (
    select count(*) as customers, sum(discounted_revenue) as equity
    from clv where discounted_revenue is not null
)

select 'customers with a prediction' as figure, 'value_summary' as one, 'clv' as other, cast(value_summary.customers as double) as here, cast(predicted.customers as double) as there
    from value_summary cross join predicted
union all
select 'predicted value', 'value_summary', 'clv', cast(value_summary.equity as double), cast(predicted.equity as double) from value_summary cross join predicted
union all
select 'customers with a prediction', 'value_deciles', 'value_summary', parts.customers, cast(value_summary.customers as double)
    from value_summary cross join (select cast(sum(customers) as double) as customers from value_deciles having count(*) > 0) as parts
union all
select 'predicted value', 'value_deciles', 'value_summary', parts.value, cast(value_summary.equity as double)
    from value_summary cross join (select cast(sum(clv) as double) as value from value_deciles having count(*) > 0) as parts
union all
select 'customers with a prediction', 'value_by_segment', 'value_summary', parts.customers, cast(value_summary.customers as double)
    from value_summary cross join (select cast(sum(customers) as double) as customers from value_by_segment having count(*) > 0) as parts
union all
select 'predicted value', 'value_by_segment', 'value_summary', parts.value, cast(value_summary.equity as double)
    from value_summary cross join (select cast(sum(clv) as double) as value from value_by_segment having count(*) > 0) as parts
union all
select 'value', 'value_words', 'value_lead', cast(words.value as double), cast(value_lead.value as double)
    from value_lead cross join (select distinct value from value_words where value is not null) as words
union all
select 'customers with a prediction', 'value_lead', 'value_summary', cast(value_lead.customers as double), cast(value_summary.customers as double)
    from value_lead cross join value_summary
union all
select 'days ahead', 'value_lead', 'value_horizons', cast(value_lead.days as double), cast(longest.days as double) from value_lead cross join longest
union all
select 'orders ahead', 'value_ahead', 'value_horizons', cast(ahead.orders as double), cast(longest.purchases as double)
    from longest cross join (select distinct orders from value_ahead where orders is not null) as ahead
union all
select 'orders ahead', 'value_ahead_words', 'value_horizons', cast(words.orders as double), cast(longest.purchases as double)
    from longest cross join (select distinct orders from value_ahead_words where place = 'note' and orders is not null) as words
union all
select 'orders ahead', 'value_months', 'value_horizons', months.purchases, cast(longest.purchases as double)
    from longest cross join (select cast(sum(purchases) as double) as purchases, sum(days) as days from value_months) as months where months.days = longest.days
union all
select 'revenue ahead', 'value_months', 'value_horizons', months.revenue, cast(longest.revenue as double)
    from longest cross join (select cast(sum(revenue) as double) as revenue, sum(days) as days from value_months) as months where months.days = longest.days
