-- As core.sql: on how few customers and products it all depends.
with bases as (
    select 'revenue' as basis, count(*) as members, cast(sum(revenue_12m) as double) as amount
    from customer_rank
    union all
    select 'products' as basis, count(*) as members, cast(sum(revenue) as double) as amount
    from pareto_product_list
),

distributions as (
    select concat('members of ', pareto.basis) as figure, 'pareto' as one, 'its members' as other, cast(pareto.members as double) as here, cast(bases.members as double) as there
        from pareto inner join bases on bases.basis = pareto.basis
    union all
    select concat('amount of ', pareto.basis), 'pareto', 'its members', cast(pareto.amount as double), bases.amount
        from pareto inner join bases on bases.basis = pareto.basis
    union all
    select concat('members of ', pareto.basis), 'pareto_classes', 'pareto', parts.members, cast(pareto.members as double)
        from pareto inner join (select basis, cast(sum(members) as double) as members from pareto_classes group by basis) as parts on parts.basis = pareto.basis
    union all
    select concat('amount of ', pareto.basis), 'pareto_classes', 'pareto', parts.amount, cast(pareto.amount as double)
        from pareto inner join (select basis, cast(sum(amount) as double) as amount from pareto_classes group by basis) as parts on parts.basis = pareto.basis
    union all
    select concat('members a year ago of ', pareto.basis), 'pareto_classes', 'pareto', parts.members, cast(pareto.members_year_ago as double)
        from pareto inner join (select basis, cast(sum(members_year_ago) as double) as members from pareto_classes group by basis) as parts on parts.basis = pareto.basis
    union all
    select concat('class ', pareto_classes.class, ', customers'), 'pareto_classes', 'abc', cast(pareto_classes.members as double), cast(abc.customers as double)
        from pareto_classes inner join abc on abc.class = pareto_classes.class where pareto_classes.basis = 'revenue'
    union all
    select concat('class ', pareto_classes.class, ', revenue'), 'pareto_classes', 'abc', cast(pareto_classes.amount as double), cast(abc.revenue as double)
        from pareto_classes inner join abc on abc.class = pareto_classes.class where pareto_classes.basis = 'revenue'
    union all
    select concat('class ', pareto_classes.class, ', products'), 'pareto_product_list', 'pareto_classes', coalesce(listed.products, 0), cast(pareto_classes.members as double)
        from pareto_classes
        left join (select class, cast(count(*) as double) as products from pareto_product_list group by class) as listed on listed.class = pareto_classes.class
        where pareto_classes.basis = 'products'
    union all
    select 'top 20 %', 'pareto', 'concentration', pareto.top20_share, concentration.top20_share from pareto cross join concentration where pareto.basis = 'revenue'
    union all
    select 'gini', 'pareto', 'concentration', pareto.gini, concentration.gini from pareto cross join concentration where pareto.basis = 'revenue'
    union all
    select 'hhi', 'pareto', 'concentration', pareto.hhi, concentration.hhi from pareto cross join concentration where pareto.basis = 'revenue'
    union all
    select 'customers for 80 %', 'pareto', 'concentration', cast(pareto.for80 as double), cast(concentration.customers_for_80 as double)
        from pareto cross join concentration where pareto.basis = 'revenue'
    union all
    select 'customers below zero', 'pareto', 'concentration', cast(pareto.negative as double), cast(concentration.customers_negative as double)
        from pareto cross join concentration where pareto.basis = 'revenue'
    union all
    select 'predicted value', 'pareto', 'value_summary', cast(pareto.amount as double), cast(value_summary.equity as double) from pareto cross join value_summary where pareto.basis = 'value'
    union all
    select 'customers with a prediction', 'pareto', 'value_summary', cast(pareto.members as double), cast(value_summary.customers as double)
        from pareto cross join value_summary where pareto.basis = 'value'
    union all
    select concat('top 20 % of ', pareto.basis), 'pareto_trend', 'pareto', trend.top20_share, pareto.top20_share
        from pareto
        inner join (select basis, top20_share from (select basis, top20_share, row_number() over (partition by basis order by month desc) as place from pareto_trend) as ordered where place = 1) as trend
            on trend.basis = pareto.basis
    union all
    select concat('amount of ', pareto.basis), 'pareto_trend', 'pareto', trend.amount, cast(pareto.amount as double)
        from pareto
        inner join (select basis, amount from (select basis, cast(amount as double) as amount, row_number() over (partition by basis order by month desc) as place from pareto_trend) as ordered where place = 1) as trend
            on trend.basis = pareto.basis
    union all
    select 'top 20 %', 'pareto_trend', 'concentration_trend', pareto_trend.top20_share, concentration_trend.top20_share
        from pareto_trend inner join concentration_trend on concentration_trend.month = pareto_trend.month where pareto_trend.basis = 'revenue'
    union all
    select concat(long_tail.basis, ', the best fifth'), 'long_tail', 'pareto', cast(long_tail.amount as double), cast(pareto.top20_amount as double)
        from long_tail inner join pareto on pareto.basis = long_tail.basis where long_tail.part = 'top20'
    union all
    select concat(long_tail.basis, ', the rest'), 'long_tail', 'pareto', cast(long_tail.members as double), cast(pareto.members - pareto.top20 as double)
        from long_tail inner join pareto on pareto.basis = long_tail.basis where long_tail.part = 'rest'
    union all
    select concat(long_tail.basis, ', class C'), 'long_tail', 'pareto_classes', cast(long_tail.members as double), cast(pareto_classes.members as double)
        from long_tail inner join pareto_classes on pareto_classes.basis = long_tail.basis and pareto_classes.class = 'C' where long_tail.part = 'class_c'
    union all
    select concat(long_tail.basis, ', class C, amount a year ago'), 'long_tail', 'pareto_classes', cast(long_tail.amount_year_ago as double), cast(pareto_classes.amount_year_ago as double)
        from long_tail inner join pareto_classes on pareto_classes.basis = long_tail.basis and pareto_classes.class = 'C' where long_tail.part = 'class_c'
    union all
    select concat(long_tail.basis, ', the rest'), 'long_tail_trend', 'long_tail', trend.amount, cast(long_tail.amount as double)
        from long_tail
        inner join (select basis, amount from (select basis, cast(amount as double) as amount, row_number() over (partition by basis order by month desc) as place from long_tail_trend) as ordered where place = 1) as trend
            on trend.basis = long_tail.basis
        where long_tail.part = 'rest'
    union all
    select concat('revenue of ', pareto_categories.category), 'pareto_categories_trend', 'pareto_categories', trend.revenue, cast(pareto_categories.revenue as double)
        from pareto_categories
        inner join (select category, revenue from (select category, month, max(month) over () as latest, cast(revenue as double) as revenue from pareto_categories_trend) as ordered where month = latest) as trend
            on trend.category = pareto_categories.category
    union all
    select 'revenue of the year', 'pareto_categories', 'customer_summary', parts.revenue, (select cast(sum(revenue_12m) as double) from customer_summary)
        from (select cast(sum(revenue) as double) as revenue from pareto_categories having count(*) > 0) as parts
),

largest as (
    select concat('share of the largest ', cast(dependency.customers as varchar)) as figure, 'dependency' as one, 'concentration' as other, dependency.revenue_share as here,
        case dependency.customers when 1 then concentration.top1_share when 5 then concentration.top5_share when 10 then concentration.top10_share end as there
        from dependency cross join concentration
    union all
    select 'customers of the year', 'dependency', 'concentration', cast(dependency.of_customers as double), cast(concentration.customers as double) from dependency cross join concentration
    union all
    select 'revenue of the year', 'dependency', 'concentration', cast(dependency.total as double), cast(concentration.revenue as double) from dependency cross join concentration
    union all
    select concat('revenue of the largest ', cast(dependency.customers as varchar)), 'dependency', 'dependency_customers', cast(dependency.revenue as double), cast(sum(listed.revenue) as double)
        from dependency inner join dependency_customers as listed on listed.place <= dependency.customers
        group by dependency.customers, dependency.revenue
    union all
    select concat('profit of the largest ', cast(dependency.customers as varchar)), 'dependency', 'dependency_customers', cast(dependency.profit as double), cast(sum(listed.profit) as double)
        from dependency inner join dependency_customers as listed on listed.place <= dependency.customers
        group by dependency.customers, dependency.profit
    union all
    select concat('at risk of the largest ', cast(dependency.customers as varchar)), 'dependency', 'dependency_customers', cast(dependency.at_risk as double),
        cast(sum(case when listed.status in ('at_risk', 'lost') then 1 else 0 end) as double)
        from dependency inner join dependency_customers as listed on listed.place <= dependency.customers
        group by dependency.customers, dependency.at_risk
    union all
    select 'profit of the year', 'dependency', 'pareto', cast(dependency.profit_total as double), cast(pareto.amount as double) from dependency cross join pareto where pareto.basis = 'profit'
    union all
    select 'share of the largest 10', 'dependency_trend', 'dependency', trend.top10_share, dependency.revenue_share
        from dependency cross join (select top10_share from dependency_trend order by month desc limit 1) as trend where dependency.customers = 10
    union all
    select concat('customer ', cast(listed.place as varchar)), 'dependency_customers', 'top_customers', cast(listed.revenue as double), cast(best.revenue_12m as double)
        from dependency_customers as listed inner join top_customers as best on best.value_rank = listed.place
    union all
    select concat('of the customers: ', parents.measure), 'parents', 'concentration', parents.customers,
        case parents.measure
            when 'top1' then concentration.top1_share
            when 'top5' then concentration.top5_share
            when 'top10' then concentration.top10_share
            when 'top20' then concentration.top20_share
            when 'gini' then concentration.gini
            when 'hhi' then concentration.hhi
        end
        from parents cross join concentration
    union all
    select 'vips', 'vips', 'vips_drift and newcomers', cast(count(*) as double), cast(max(drift.customers) as double)
        from vips
        cross join (
            select coalesce((select sum(customers) from vips_drift), 0)
                + (select count(*) from vips where rank_before is null or category is null or category_before is null) as customers
        ) as drift
        where exists (select 1 from vips_drift)
),

-- Customers with an order in 365 days, and who of them is a key account.
ordering as (
    select cast(count(*) as double) as customers, cast(coalesce(sum(orders_12m), 0) as double) as orders, cast(coalesce(sum(revenue_12m), 0) as double) as revenue
    from customer_summary where orders_12m > 0
),

marked as (
    select
        cast(count(*) as double) as customers,
        cast(coalesce(sum(orders_12m), 0) as double) as orders,
        cast(coalesce(sum(revenue_12m), 0) as double) as revenue,
        cast(count(*) filter (where is_key) as double) as key_accounts,
        cast(coalesce(sum(revenue_12m) filter (where is_key), 0) as double) as key_revenue
    from key_accounts_marks
),

accounts as (
    select 'customers with an order' as figure, 'key_accounts_marks' as one, 'customer_summary' as other, marked.customers as here, ordering.customers as there from marked cross join ordering
    union all
    select 'their orders', 'key_accounts_marks', 'customer_summary', marked.orders, ordering.orders from marked cross join ordering
    union all
    select 'their revenue', 'key_accounts_marks', 'customer_summary', marked.revenue, ordering.revenue from marked cross join ordering
    union all
    select 'customers with an order', 'key_accounts_levels', 'key_accounts_marks', (select cast(coalesce(sum(customers), 0) as double) from key_accounts_levels), customers from marked
    union all
    select 'key accounts', 'key_accounts', 'key_accounts_marks', (select cast(count(*) as double) from key_accounts), key_accounts from marked
    union all
    select 'their revenue', 'key_accounts', 'key_accounts_marks', (select cast(coalesce(sum(revenue_12m), 0) as double) from key_accounts), key_revenue from marked
    union all
    select 'key accounts', 'key_accounts_words', 'key_accounts', cast(words.customers as double), (select cast(count(*) as double) from key_accounts)
        from key_accounts_words as words where words.place = 'answer'
    union all
    select concat('largest of ', industries.industry), 'key_accounts_industries', 'key_accounts_leaders', industries.largest_share, leaders.share
        from key_accounts_industries as industries inner join key_accounts_leaders as leaders on leaders.industry = industries.industry and leaders.place = 1
)

select * from distributions
union all
select * from largest
union all
select * from accounts
