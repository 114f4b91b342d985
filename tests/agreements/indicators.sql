-- As core.sql: the indicators of a CRM beside the tables that have the same figures.
with figures as (
    select figure, cast(now as double) as now, cast(before as double) as before, cast(year_ago as double) as year_ago from headline
),

listed as (
    select
        indicator,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(value as double) as value,
        cast(before as double) as before
    from indicators
),

month_of as (
    select monthly.* from monthly inner join periods on periods.months = 1 and monthly.month = periods.period_start
)

select 'active customers' as figure, 'indicators' as one, 'headline' as other, listed.value as here, figures.now as there
    from listed cross join figures where listed.indicator = 'active_customers' and figures.figure = 'active_customers'
union all
select 'active customers before', 'indicators', 'headline', listed.before, figures.before
    from listed cross join figures where listed.indicator = 'active_customers' and figures.figure = 'active_customers' and listed.before is not null
union all
select 'new customers', 'indicators', 'headline', listed.numerator, figures.now
    from listed cross join figures where listed.indicator in ('new_customers', 'acquisition_rate') and figures.figure = 'new_customers'
union all
select 'repeat rate', 'indicators', 'headline', round(listed.numerator / nullif(listed.denominator, 0), 6), figures.now
    from listed cross join figures where listed.indicator = 'repurchase_rate' and figures.figure = 'repeat_rate'
union all
select 'revenue', 'indicators', 'headline', listed.numerator, figures.now
    from listed cross join figures where listed.indicator = 'spend_a_customer' and figures.figure = 'revenue'
union all
select 'revenue', 'indicators', 'headline', listed.denominator, figures.now
    from listed cross join figures where listed.indicator = 'repeat_sales_share' and figures.figure = 'revenue'
union all
select 'revenue of the year', 'indicators', 'customer_summary', listed.denominator, (select cast(sum(revenue_12m) as double) from customer_summary)
    from listed where listed.indicator = 'loyal_share'
union all
select 'active customers', 'indicators_trend', 'monthly', cast(trend.active as double), cast(monthly.active as double)
    from indicators_trend as trend inner join monthly on monthly.month = trend.month
union all
select 'new customers', 'indicators_trend', 'monthly', cast(trend.new as double), cast(monthly.new as double)
    from indicators_trend as trend inner join monthly on monthly.month = trend.month where trend.new is not null
union all
select 'reactivated customers', 'indicators_trend', 'monthly', cast(trend.reactivated as double), cast(monthly.reactivated as double)
    from indicators_trend as trend inner join monthly on monthly.month = trend.month where trend.reactivated is not null
union all
select 'revenue', 'indicators_trend', 'monthly', cast(trend.revenue as double), cast(monthly.revenue as double)
    from indicators_trend as trend inner join monthly on monthly.month = trend.month
union all
select 'acquisition rate', 'indicators_trend', 'indicators', round(trend.acquisition_rate, 6), listed.value
    from listed cross join month_of inner join indicators_trend as trend on trend.month = month_of.month
    where listed.indicator = 'acquisition_rate' and trend.acquisition_rate is not null
union all
select 'profit a customer', 'indicators_trend', 'indicators', round(cast(trend.profit_a_customer as double), 4), round(listed.value, 4)
    from listed cross join month_of inner join indicators_trend as trend on trend.month = month_of.month
    where listed.indicator = 'profit_a_customer'
union all
select 'repeat sales share', 'indicators_trend', 'indicators', round(trend.repeat_sales_share, 6), listed.value
    from listed cross join month_of inner join indicators_trend as trend on trend.month = month_of.month
    where listed.indicator = 'repeat_sales_share' and trend.repeat_sales_share is not null
union all
select concat('rate of ', indicators_flows.indicator), 'indicators_flows', 'indicators', round(cast(indicators_flows.value as double), 6), listed.value
    from indicators_flows inner join listed on listed.indicator = indicators_flows.indicator
union all
select 'card holders who moved up to a higher card', 'indicators', 'membership_moves', listed.numerator,
    (select cast(coalesce(sum(customers), 0) as double) from membership_moves where to_order > from_order and from_order > 0)
    from listed where listed.indicator = 'upgraded_cards'
union all
select 'customers lost of those at the opening', 'indicators_customers', 'indicators', cast(counted.customers as double), listed.numerator
    from listed cross join (select count(*) as customers from indicators_customers where in_opening and not in_closing) as counted
    where listed.indicator = 'lost_customers'
union all
select 'customers at the close', 'indicators_customers', 'its flows', cast(counted.closing as double), cast(counted.opening - counted.lost + counted.came as double)
    from (
        select
            count(case when in_closing then 1 end) as closing,
            count(case when in_opening then 1 end) as opening,
            count(case when in_opening and not in_closing then 1 end) as lost,
            count(case when in_closing and not in_opening then 1 end) as came
        from indicators_customers
    ) as counted
