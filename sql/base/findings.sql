-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $period_start, $period_end, $least_customers, $returns_points, $set_aside_share, $year_change.
-- $least_customers must be a whole number of 1 or more
-- $returns_points must be a number from 0 to 1
-- $set_aside_share must be a number from 0 to 1
-- $year_change must be a number from 0 to 1
-- Money is that of a year: one measure for all rules, whatever the period.
with years as (
    select
        cast(
            coalesce(12 / cast(months as double), 365 / cast(period_end - period_start + 1 as double)) as decimal(18, 6)
        ) as periods
    from periods
),

-- Churn and contraction took more than new, returning and growing customers brought, or the other way round, beyond what is
-- usual from one period to the next, where that is known. After a peak of the season a fall is usual.
bridge as (
    select
        sum(change) as change,
        sum(revenue) as now,
        sum(revenue_before) as before,
        sum(case when component in ('churn', 'contraction') then customers end) as losers,
        sum(case when component in ('new', 'reactivation', 'expansion') then customers end) as winners,
        sum(customers) as of_customers
    from revenue_bridge
    having sum(customers) >= $least_customers
),

bridge_moved as (
    select
        case when bridge.change < 0 then 'revenue_bridge' else 'revenue_bridge_up' end as rule,
        cast(cast(abs(bridge.change) as decimal(38, 6)) * years.periods as decimal(38, 6)) as money,
        cast(bridge.now as decimal(38, 6)) as value,
        cast(bridge.before as decimal(38, 6)) as before,
        cast(bridge.change as decimal(38, 6)) as change,
        case when bridge.change < 0 then bridge.losers else bridge.winners end as customers,
        bridge.of_customers,
        cast(null as varchar) as name,
        'revenue_bridge' as step
    from bridge
    cross join years
    inner join headline on headline.figure = 'revenue'
    where
        -- A rise without a known range is no news; a fall by $year_change or more is. A small one is chance, of a week above all.
        (
            bridge.change < 0
            and case
                when headline.before_low is not null then headline.before_change < headline.before_low
                else
                    cast(abs(bridge.change) as double) >= cast($year_change as double) * cast(bridge.before as double)
            end
        )
        or (bridge.change > 0 and headline.before_change > headline.before_high)
),

-- Revenue, active customers and newcomers beyond the usual range on the year. Where that is not known, by $year_change or more,
-- and by more than chance: two standard errors of counts that vary as a Poisson's do; revenue varies half as much again, as
-- orders differ. Money of customers is what an active one, or a new one, brings in the period.
worth as (
    select
        revenue.now as revenue,
        -- Where nobody came, what those of a year ago brought.
        coalesce(
            cast(revenue.now as double) / nullif(cast(active.now as double), 0),
            cast(revenue.year_ago as double) / nullif(cast(active.year_ago as double), 0)
        ) as of_active,
        active.now as active,
        active.year_ago as active_year_ago,
        (select cast(sum(revenue) as double) from revenue_bridge where component = 'new')
        / nullif((select cast(sum(customers) as double) from revenue_bridge where component = 'new'), 0) as of_new
    from headline as revenue
    inner join headline as active on active.figure = 'active_customers'
    where revenue.figure = 'revenue'
),

year_moved as (
    select
        concat(
            case headline.figure when 'active_customers' then 'customers' when 'new_customers' then 'newcomers' else 'revenue' end,
            case when headline.now < headline.year_ago then '_down' else '_up' end
        ) as rule,
        case
            when headline.figure = 'revenue'
                then cast(abs(headline.now - headline.year_ago) * years.periods as decimal(38, 6))
            else
                cast(
                    cast(abs(headline.now - headline.year_ago) as double)
                    * case
                        when headline.figure = 'active_customers' then worth.of_active
                        else coalesce(worth.of_new, worth.of_active)
                    end
                    * cast(years.periods as double) as decimal(38, 6)
                )
        end as money,
        headline.now as value,
        headline.year_ago as before,
        headline.now - headline.year_ago as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(null as varchar) as name,
        'headline' as step
    from headline
    cross join worth
    cross join years
    where
        headline.figure in ('revenue', 'active_customers', 'new_customers')
        and case
            -- Beyond the range on its own side: growth that is slower than usual is no rise, and no fall either.
            when headline.year_low is not null
                then (headline.year_change < headline.year_low and headline.year_change < 0)
                    or (headline.year_change > headline.year_high and headline.year_change > 0)
            else
                abs(headline.year_change) >= cast($year_change as double)
                and case headline.figure
                    when 'revenue'
                        then worth.active_year_ago > 0
                            and abs(headline.year_change)
                            -- As if nothing had changed.
                            > 3 * sqrt(2 / cast(worth.active_year_ago as double))
                    else
                        cast(abs(headline.now - headline.year_ago) as double)
                        > 2 * sqrt(cast(headline.now as double) + cast(headline.year_ago as double))
                end
        end
        -- Few customers, or one more or less, are no finding.
        and (
            headline.figure = 'revenue'
            or (
                greatest(headline.now, headline.year_ago) >= $least_customers and abs(headline.now - headline.year_ago) > 1
            )
        )
),

-- Returns as a share of sales, against the months before the period, twelve at most; their number is the name.
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

returns_changed as (
    select
        case when rate > usual then 'returns_rose' else 'returns_fell' end as rule,
        cast(
            cast(abs(returns_now - cast(sales_now as decimal(38, 6)) * usual) as decimal(38, 6)) * years.periods as decimal(38, 6)
        ) as money,
        cast(rate as decimal(38, 6)) as value,
        cast(usual as decimal(38, 6)) as before,
        cast(rate - usual as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        -- Of a young business there are fewer than twelve.
        cast(months_usual as varchar) as name,
        'monthly' as step
    from return_rates
    cross join years
    where
        active >= $least_customers
        and sales_now > 0
        and sales_usual > 0
        -- Less than a quarter of a year gives no usual share.
        and months_usual >= 3
        and abs(rate - usual) >= cast($returns_points as double)
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

-- Money set aside by rules, as a share of all money that came in; each rule's sum counts without its sign. Sales without a customer
-- are no fault of the data: the headline says how many they are.
money_in as (
    select
        source,
        sum(case when rule is not null then abs(amount) end) as set_aside,
        sum(abs(amount)) as total
    from audit_rows
    -- Rows dated after the as-of date are no fault of the data.
    where rule is null or rule not in ('after_as_of', 'no_customer', 'no_customer_id')
    group by source
),

set_aside as (
    select
        'set_aside' as rule,
        cast(
            cast(set_aside as decimal(38, 6))
            -- Without a row that is used there is no history, and no year.
            * coalesce(least(cast(365 / cast(history_days as double) as decimal(18, 12)), 1), 1) as decimal(38, 6)
        ) as money,
        cast(cast(set_aside as double) / cast(total as double) as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(source as varchar) as name,
        'audit_rows' as step
    from money_in
    left join periods on true
    where total > 0 and cast(set_aside as double) / cast(total as double) > cast($set_aside_share as double)
)

select *, false as of_data from bridge_moved
union all
select *, false as of_data from year_moved
union all
select *, false as of_data from returns_changed
union all
select *, true as of_data from check_failed
union all
select *, true as of_data from set_aside
