-- As core.sql: what is sold, where, at which price and to whom.
with headline_of as (
    select
        cast(max(case when figure = 'revenue' then now end) as double) as revenue,
        cast(max(case when figure = 'revenue' then before end) as double) as revenue_before
    from headline
),

reached as (
    select before_reached, year_ago_reached from periods
),

-- Every way to divide the revenue of the period.
divided as (
    select concat('performance by ', dimension) as place, cast(sum(revenue) as double) as revenue, cast(sum(revenue_before) as double) as revenue_before
    from performance group by dimension
    union all
    select 'performance_places', cast(sum(revenue) as double), cast(sum(revenue_before) as double) from performance_places where level in ('store', 'none')
    union all
    select 'categories', cast(sum(revenue) as double), cast(sum(revenue_before) as double) from categories
    union all
    select 'brands', cast(sum(revenue) as double), cast(sum(revenue_before) as double) from brands
    union all
    select 'strata', cast(sum(revenue) as double), cast(sum(revenue_before) as double) from strata
    union all
    select 'growth_sources_cross_sold', cast(revenue as double), null from growth_sources_cross_sold
),

divisions as (
    select 'revenue' as figure, divided.place as one, 'headline' as other, divided.revenue as here, headline_of.revenue as there from divided cross join headline_of
        where divided.revenue is not null
    union all
    select 'revenue before', divided.place, 'headline', divided.revenue_before, headline_of.revenue_before from divided cross join headline_of
        where divided.revenue_before is not null
    union all
    select 'customers', 'performance', 'customer_day', cast(performance.customers as double), cast(counted.customers as double)
        from performance
        cross join (select count(distinct customer_id) as customers from customer_day cross join periods where day between period_start and period_end) as counted
        where performance.dimension = 'all'
    union all
    select 'customers', 'performance_places', 'performance', cast(performance_places.customers as double), cast(performance.customers as double)
        from performance_places cross join performance where performance.dimension = 'all' and performance_places.level = 'all'
    union all
    select 'known cost', 'performance_places', 'performance', cast(performance_places.cost as double), cast(performance.cost as double)
        from performance_places cross join performance where performance.dimension = 'all' and performance_places.level = 'all'
    union all
    select concat('known cost by ', parts.dimension), 'performance', 'performance', parts.cost, cast(performance.cost as double)
        from performance cross join (select dimension, cast(sum(cost) as double) as cost from performance group by dimension) as parts
        where performance.dimension = 'all'
    union all
    select concat('contribution by ', parts.dimension), 'performance', 'performance', parts.contribution, performance.contribution
        from performance cross join (select dimension, sum(contribution) as contribution from performance group by dimension) as parts
        where performance.dimension = 'all'
    union all
    select concat('customers of ', categories.category), 'categories', 'performance', cast(categories.customers as double), cast(performance.customers as double)
        from categories inner join performance on performance.dimension = 'category' and performance.item = categories.category
    union all
    select concat('revenue of ', categories.category), 'categories', 'performance', cast(categories.revenue as double), cast(performance.revenue as double)
        from categories inner join performance on performance.dimension = 'category' and performance.item = categories.category
    union all
    select concat('revenue a year ago of ', categories.category), 'categories', 'performance', cast(categories.revenue_year_ago as double), cast(performance.revenue_year_ago as double)
        from categories inner join performance on performance.dimension = 'category' and performance.item = categories.category
    union all
    select concat('customers of ', brands.brand), 'brands', 'performance', cast(brands.customers as double), cast(performance.customers as double)
        from brands inner join performance on performance.dimension = 'brand' and performance.item = brands.brand
    union all
    select concat('revenue of ', brands.brand), 'brands', 'performance', cast(brands.revenue as double), cast(performance.revenue as double)
        from brands inner join performance on performance.dimension = 'brand' and performance.item = brands.brand
    union all
    select concat('revenue a year ago of ', brands.brand), 'brands', 'performance', cast(brands.revenue_year_ago as double), cast(performance.revenue_year_ago as double)
        from brands inner join performance on performance.dimension = 'brand' and performance.item = brands.brand
    union all
    select concat('revenue of ', parts.region), 'performance_places', 'performance', parts.revenue, cast(performance.revenue as double)
        from performance
        inner join (select region, cast(sum(revenue) as double) as revenue from performance_places where level = 'region' group by region) as parts
            on performance.dimension = 'region' and performance.item = parts.region and parts.region <> '-'
    union all
    select concat('revenue of ', parts.city), 'performance_places', 'performance', parts.revenue, cast(performance.revenue as double)
        from performance
        inner join (select city, cast(sum(revenue) as double) as revenue from performance_places where level = 'city' group by city) as parts
            on performance.dimension = 'city' and performance.item = parts.city and parts.city <> '-'
    union all
    select concat('customers of ', parts.store_id), 'performance_places', 'performance', parts.customers, cast(performance.customers as double)
        from performance
        inner join (select store_id, cast(sum(customers) as double) as customers from performance_places where level = 'store' group by store_id) as parts
            on performance.dimension = 'store' and performance.item = parts.store_id
    union all
    select concat('new goods sold, ', windows.span), 'new_goods_windows', 'new_goods', cast(max(windows.goods) as double),
        cast(count(case when new_goods.age_days <= windows.days then 1 end) as double)
        from new_goods_windows as windows cross join new_goods
        group by windows.span, windows.days having windows.days <= max(new_goods.age_days)
    union all
    select concat('revenue in ', category), 'trends', 'trends_months', cast(trends.revenue as double), parts.revenue
        from trends inner join (
            select months.category as name, cast(sum(months.revenue) as double) as revenue
            from trends_months as months
            where months.month > (select max(month) from trends_months) - interval '3 months'
            group by months.category
        ) as parts on parts.name = trends.category
),

-- The sources of growth.
growing as (
    select 'change of revenue' as figure, 'growth_sources' as one, 'its rows' as other, cast(max(case when is_total then revenue_change end) as double) as here,
        cast(sum(case when not is_total then revenue_change end) as double) as there from growth_sources
    union all
    select 'change of profit', 'growth_sources', 'its rows', cast(max(case when is_total then profit_change end) as double),
        cast(sum(case when not is_total then profit_change end) as double) from growth_sources
    union all
    select 'change of revenue', 'growth_sources', 'headline', cast(growth_sources.revenue_change as double), headline_of.revenue - headline_of.revenue_before
        from growth_sources cross join headline_of where growth_sources.is_total
    union all
    select 'change of the expansion', 'growth_sources_expansion', 'revenue_bridge', parts.change, cast(revenue_bridge.change as double)
        from revenue_bridge cross join (select cast(sum(change) as double) as change from growth_sources_expansion having count(*) > 0) as parts
        where revenue_bridge.component = 'expansion'
    union all
    select 'change by new customers', 'growth_sources', 'revenue_bridge', cast(growth_sources.revenue_change as double), cast(revenue_bridge.change as double)
        from growth_sources cross join revenue_bridge where growth_sources.source = 'acquisition' and revenue_bridge.component = 'new'
    union all
    select 'new customers', 'growth_sources', 'revenue_bridge', cast(growth_sources.customers as double), cast(revenue_bridge.customers as double)
        from growth_sources cross join revenue_bridge where growth_sources.source = 'acquisition' and revenue_bridge.component = 'new'
    union all
    select 'change by kept customers', 'growth_sources', 'revenue_bridge', cast(growth_sources.revenue_change as double), bridge.change
        from growth_sources
        cross join (select cast(sum(change) as double) as change from revenue_bridge where component in ('reactivation', 'contraction', 'churn', 'unchanged')) as bridge
        where growth_sources.source = 'retention'
    union all
    select 'cross-sold', 'growth_sources_categories', 'growth_sources_cross_sold', parts.cross_sold, cast(growth_sources_cross_sold.cross_sold as double)
        from growth_sources_cross_sold cross join (select cast(coalesce(sum(cross_sold), 0) as double) as cross_sold from growth_sources_categories) as parts
    union all
    select concat('revenue of ', growth_sources_categories.category), 'growth_sources_categories', 'categories', cast(growth_sources_categories.revenue as double), cast(categories.revenue as double)
        from growth_sources_categories inner join categories on categories.category = growth_sources_categories.category
    union all
    select 'cross-sold', 'growth_sources_trend', 'growth_sources_cross_sold', cast(trend.cross_sold as double), cast(growth_sources_cross_sold.cross_sold as double)
        from growth_sources_cross_sold
        cross join periods
        inner join growth_sources_trend as trend on trend.month = periods.period_start
        where periods.months = 1
    union all
    select 'revenue', 'growth_sources_trend', 'monthly', cast(trend.revenue as double), cast(monthly.revenue as double)
        from growth_sources_trend as trend inner join monthly on monthly.month = trend.month
    union all
    select 'change of revenue', 'growth_sources_bridge', 'growth_sources', cast(sum(case when bridge.is_total then 0 else bridge.amount end) as double), max(total.change)
        from growth_sources_bridge as bridge
        cross join (select cast(revenue_change as double) as change from growth_sources where is_total) as total
),

-- List prices.
priced as (
    select concat('list price by ', parts.dimension) as figure, 'price_discipline' as one, 'price_discipline' as other, parts.listed as here, cast(price_discipline.listed as double) as there
        from price_discipline cross join (select dimension, cast(sum(listed) as double) as listed from price_discipline group by dimension) as parts
        where price_discipline.dimension = 'all'
    union all
    select concat('paid by ', parts.dimension), 'price_discipline', 'price_discipline', parts.paid, cast(price_discipline.paid as double)
        from price_discipline cross join (select dimension, cast(sum(paid) as double) as paid from price_discipline group by dimension) as parts
        where price_discipline.dimension = 'all'
    union all
    select 'paid', 'price_discipline_coverage', 'price_discipline', cast(coverage.sales as double), cast(price_discipline.paid as double)
        from price_discipline_coverage as coverage cross join price_discipline where coverage.kind = 'list' and price_discipline.dimension = 'all'
    union all
    select 'list price', 'price_discipline_coverage', 'price_discipline', cast(coverage.listed as double), cast(price_discipline.listed as double)
        from price_discipline_coverage as coverage cross join price_discipline where coverage.kind = 'list' and price_discipline.dimension = 'all'
    union all
    select 'paid', 'price_discipline_deciles', 'price_discipline', parts.paid, cast(price_discipline.paid as double)
        from price_discipline cross join (select cast(sum(paid) as double) as paid from price_discipline_deciles having count(*) > 0) as parts
        where price_discipline.dimension = 'all'
    union all
    select 'discount', 'price_discipline_deciles', 'price_discipline', parts.discount, cast(price_discipline.discount as double)
        from price_discipline cross join (select cast(sum(discount) as double) as discount from price_discipline_deciles having count(*) > 0) as parts
        where price_discipline.dimension = 'all'
),

-- Moves between categories and rungs; baskets; what comes next.
moved as (
    select concat('customers from ', category_migration.from_category) as figure, 'category_migration' as one, 'its own whole' as other,
        cast(sum(category_migration.customers) as double) as here, cast(max(category_migration.of_customers) as double) as there
        from category_migration group by category_migration.from_category
    union all
    select concat('customers from ', cast(trade_up.from_rung as varchar)), 'trade_up', 'its own whole', cast(sum(trade_up.customers) as double), cast(max(trade_up.of_customers) as double)
        from trade_up group by trade_up.from_rung
    union all
    select concat('customers from ', main.category), 'category_migration', 'category_migration_main', coalesce(parts.customers, 0), main.customers
        from (
            select coalesce(category_before, '-') as category, cast(count(*) as double) as customers from category_migration_main group by 1
        ) as main
        left join (select coalesce(from_category, '-') as category, cast(sum(customers) as double) as customers from category_migration group by 1) as parts
            on parts.category = main.category
    union all
    select concat('customers for whom ', next_category_sums.next_category, ' is next'), 'next_category_sums', 'next_category', cast(next_category_sums.customers as double), coalesce(listed.customers, 0)
        from next_category_sums
        left join (select next_category, cast(count(*) as double) as customers from next_category group by next_category) as listed on listed.next_category = next_category_sums.next_category
    union all
    select 'expected of the next category', 'next_category_sums', 'next_category', parts.expected, listed.expected
        from (select cast(sum(expected_revenue) as double) as expected from next_category_sums) as parts
        cross join (select cast(sum(expected_revenue) as double) as expected from next_category) as listed
    union all
    select concat('share of wins of ', pairs.category, ' to ', pairs.next_category), 'next_category', 'next_category_pairs', next_category.confidence, pairs.confidence
        from (select distinct because, next_category, confidence from next_category) as next_category
        inner join next_category_pairs as pairs on pairs.category = next_category.because and pairs.next_category = next_category.next_category
    union all
    select 'baskets', 'baskets_pairs', 'receipts', cast(pairs.baskets as double), cast(drawn.baskets as double)
        from baskets_drawn as drawn
        cross join (select max(baskets) as baskets from baskets_pairs where level = 'category' and kind = 'all' having count(*) > 0) as pairs
        where drawn.share = 1 and not exists (select 1 from goods_sold where category is null)
    union all
    select concat('baskets with ', baskets_categories.item, ' and ', baskets_categories.other), 'baskets_categories', 'baskets_pairs', cast(baskets_categories.with_both as double), cast(pairs.with_both as double)
        from baskets_categories
        inner join baskets_pairs as pairs
            on pairs.level = 'category' and pairs.kind = 'all' and pairs.item = baskets_categories.item and pairs.other = baskets_categories.other
)

select * from divisions
union all
select * from growing
union all
select * from priced
union all
select * from moved
