-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $period_start, $period_end, $least_customers, $returns_points, $set_aside_share.
-- $least_customers must be a whole number of 1 or more
-- $returns_points must be a number from 0 to 1
-- $set_aside_share must be a number from 0 to 1
-- Churn and contraction took more than new, returning and growing customers brought.
with bridge as (
    select
        'revenue_bridge' as rule,
        cast(-sum(change) as decimal(38, 6)) as money,
        cast(sum(revenue) as decimal(38, 6)) as value,
        cast(sum(revenue_before) as decimal(38, 6)) as before,
        cast(sum(change) as decimal(38, 6)) as change,
        sum(case when component in ('churn', 'contraction') then customers end) as customers,
        sum(customers) as of_customers,
        cast(null as varchar) as name,
        'revenue_bridge' as step
    from revenue_bridge
    having sum(change) < 0 and sum(customers) >= $least_customers
),

-- Returns as a share of sales, against the twelve months before the period.
return_shares as (
    select
        sum(case when month >= $period_start then returns end) as returns_now,
        sum(case when month >= $period_start then sales end) as sales_now,
        sum(case when month < $period_start then returns end) as returns_usual,
        sum(case when month < $period_start then sales end) as sales_usual,
        max(case when month >= $period_start then active end) as active,
        count(case when month < $period_start then 1 end) as months_usual
    from monthly
    where
        complete
        and month <= $period_end
        and month >= cast($period_start as date) - interval '12 months'
),

return_rates as (
    select
        *,
        cast(cast(returns_now as double) / nullif(cast(sales_now as double), 0) as decimal(38, 9)) as rate,
        cast(cast(returns_usual as double) / nullif(cast(sales_usual as double), 0) as decimal(38, 9)) as usual
    from return_shares
),

returns_rose as (
    select
        'returns_rose' as rule,
        cast(returns_now - cast(sales_now as decimal(38, 6)) * usual as decimal(38, 6)) as money,
        cast(rate as decimal(38, 6)) as value,
        cast(usual as decimal(38, 6)) as before,
        cast(rate - usual as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(null as varchar) as name,
        'monthly' as step
    from return_rates
    where
        active >= $least_customers
        and sales_now > 0
        and sales_usual > 0
        -- Less than a quarter of a year gives no usual share.
        and months_usual >= 3
        and rate - usual >= cast($returns_points as double)
),

check_failed as (
    select
        'check_failed' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(null as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        concat(source, ': ', "check") as name,
        'audit_checks' as step
    from audit_checks
    where not passed
),

-- Money set aside by rules, as a share of all money that came in; each rule's sum counts without its sign.
money_in as (
    select
        source,
        sum(case when rule is not null then abs(amount) end) as set_aside,
        sum(abs(amount)) as total
    from audit_rows
    -- Rows dated after the as-of date are no fault of the data.
    where rule is null or rule <> 'after_as_of'
    group by source
),

set_aside as (
    select
        'set_aside' as rule,
        cast(set_aside as decimal(38, 6)) as money,
        cast(cast(set_aside as double) / cast(total as double) as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(source as varchar) as name,
        'audit_rows' as step
    from money_in
    where total > 0 and cast(set_aside as double) / cast(total as double) > cast($set_aside_share as double)
)

select *, false as of_data from bridge
union all
select *, false as of_data from returns_rose
union all
select *, true as of_data from check_failed
union all
select *, true as of_data from set_aside
