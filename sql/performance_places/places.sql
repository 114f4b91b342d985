-- Grain: one row per place: all sales; each region; each city of it; each store of it; sales without a store. In the order of a
-- table that is read from the top: a place is followed by those that it consists of, the most revenue first.
--
-- level         all, region, city, store, none (sales without a store). If no region is known, there is no row of a region
-- region, city, store  names; `-` where they are not known, NULL of a row that has several, and of region where none is known
-- store_id      text; NULL likewise
-- customers, customers_before, revenue, revenue_before, growth, share, contribution  as in performance
-- revenue_year_ago, growth_year_ago, contribution_year_ago  likewise
-- costed_revenue, cost, margin  likewise
--
-- The rows of one level and `none` add up to all sales in money; customers who buy in several places count in each, and once in what
-- these are part of.
--
-- Parameters: none.
with regions as (
    select count(*) > 0 as known from performance_places_sold where region <> '-'
),

levels as (
    select 'all' as level
    union all
    select 'region' as level
    union all
    select 'city' as level
    union all
    select 'store' as level
    union all
    select 'none' as level
),

per_customer as (
    select
        levels.level,
        case when levels.level in ('region', 'city', 'store') and regions.known then sold.region end as region,
        case when levels.level in ('city', 'store') then sold.city end as city,
        case when levels.level = 'store' then sold.store end as store,
        case when levels.level = 'store' then sold.store_id end as store_id,
        sold.customer_id,
        sum(sold.revenue) as revenue,
        sum(sold.revenue_before) as revenue_before,
        sum(sold.revenue_year_ago) as revenue_year_ago,
        sum(sold.costed_revenue) as costed_revenue,
        sum(sold.cost) as cost
    from performance_places_sold as sold
    cross join levels
    cross join regions
    where
        (levels.level = 'all' or (levels.level = 'none') = (sold.store_id = '-'))
        and (levels.level <> 'region' or regions.known)
    group by 1, 2, 3, 4, 5, 6
),

items as (
    select
        level,
        region,
        city,
        store,
        store_id,
        count(revenue) as customers,
        count(revenue_before) as customers_before,
        coalesce(sum(revenue), 0) as revenue,
        coalesce(sum(revenue_before), 0) as revenue_before,
        coalesce(sum(revenue_year_ago), 0) as revenue_year_ago,
        sum(costed_revenue) as costed_revenue,
        sum(cost) as cost
    from per_customer
    group by level, region, city, store, store_id
),

total as (
    select revenue, revenue_before, revenue_year_ago from items where level = 'all'
),

-- A place stands where the largest of what it is part of stands.
ordered as (
    select
        items.*,
        sum(case when level = 'store' then revenue else 0 end) over (partition by region) as of_region,
        sum(case when level = 'store' then revenue else 0 end) over (partition by region, city) as of_city
    from items
)

select
    ordered.level,
    ordered.region,
    ordered.city,
    ordered.store,
    ordered.store_id,
    ordered.customers,
    case when periods.before_reached then ordered.customers_before end as customers_before,
    ordered.revenue,
    case when total.revenue > 0 then cast(ordered.revenue as double) / cast(total.revenue as double) end as share,
    case when periods.before_reached then ordered.revenue_before end as revenue_before,
    case
        when periods.before_reached and ordered.revenue_before > 0
            then cast(ordered.revenue as double) / cast(ordered.revenue_before as double) - 1
    end as growth,
    case
        when periods.before_reached and total.revenue_before > 0
            then cast(ordered.revenue - ordered.revenue_before as double) / cast(total.revenue_before as double)
    end as contribution,
    case when periods.year_ago_reached then ordered.revenue_year_ago end as revenue_year_ago,
    case
        when periods.year_ago_reached and ordered.revenue_year_ago > 0
            then cast(ordered.revenue as double) / cast(ordered.revenue_year_ago as double) - 1
    end as growth_year_ago,
    case
        when periods.year_ago_reached and total.revenue_year_ago > 0
            then cast(ordered.revenue - ordered.revenue_year_ago as double) / cast(total.revenue_year_ago as double)
    end as contribution_year_ago,
    ordered.costed_revenue,
    ordered.cost,
    case when ordered.costed_revenue > 0 then 1 - cast(ordered.cost as double) / cast(ordered.costed_revenue as double) end as margin
from ordered
cross join total
cross join periods
order by
    case ordered.level when 'all' then 0 when 'none' then 2 else 1 end,
    case when ordered.region = '-' then 1 else 0 end,
    ordered.of_region desc,
    ordered.region,
    case ordered.level when 'region' then 0 else 1 end,
    case when ordered.city = '-' then 1 else 0 end,
    case when ordered.level = 'region' then null else ordered.of_city end desc,
    ordered.city,
    case ordered.level when 'city' then 0 else 1 end,
    ordered.revenue desc,
    ordered.store_id
