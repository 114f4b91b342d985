-- Grain: one row per sentence of the section on the sources of growth.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- source           the source of growth that the sentence names
-- change           money: the change of revenue
-- amount           money: of the named source, of the expansion, or cross-sold
-- part             money: of the expansion, what cross-selling brought; or what prices did
-- customers        customers that the sentence is about
-- share            share of revenue that was cross-sold
-- earlier          the same a year ago, or else of the period before; NULL where neither is known
-- points           share: their difference, without sign
-- profit           money: the change of gross profit that another margin made
--
-- Parameters: none.
with total as (
    select revenue_change, profit_change from growth_sources where is_total
),

led as (
    select
        growth_sources.source,
        growth_sources.revenue_change,
        total.revenue_change as change,
        row_number() over (
            order by
                case when total.revenue_change < 0 then growth_sources.revenue_change else -growth_sources.revenue_change end,
                growth_sources.position
        ) as place
    from growth_sources
    cross join total
    where growth_sources.revenue_change is not null and not growth_sources.is_total
),

expansion as (
    select
        sum(change) as change,
        sum(change) filter (where part = 'cross_sell') as cross_sell,
        sum(change) filter (where part = 'price') as price
    from growth_sources_expansion
    having count(*) > 0
),

bridged as (
    select customers from revenue_bridge where component = 'expansion'
),

known as (
    select count(*) > 0 as costs from customer_day where cost is not null
),

sold as (
    select
        now.customers,
        now.cross_sold,
        now.share,
        case
            when periods.year_ago_reached and last_year.share is not null then last_year.share
            when periods.before_reached then earlier.share
        end as earlier,
        periods.year_ago_reached and last_year.share is not null as of_year
    from growth_sources_cross_sold as now
    cross join periods
    left join previous.growth_sources_cross_sold as earlier on true
    left join year_ago.growth_sources_cross_sold as last_year on true
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when change > 0 then 'growth_sources.answer.rose'
            when change < 0 then 'growth_sources.answer.fell'
            else 'growth_sources.answer.same'
        end as word,
        'growth_sources' as step,
        source,
        change,
        revenue_change as amount,
        cast(null as decimal(38, 6)) as part,
        cast(null as bigint) as customers,
        cast(null as double) as share,
        cast(null as double) as earlier,
        cast(null as decimal(38, 6)) as profit
    from led
    where place = 1
    union all
    -- Nothing to compare with: what was cross-sold is the answer.
    select
        case when led.source is null then 'answer' else 'note' end as place,
        2 as position,
        case
            when sold.cross_sold <= 0 then 'growth_sources.cross_sold.none'
            when sold.earlier is null then 'growth_sources.cross_sold.alone'
            when sold.share > sold.earlier and sold.of_year then 'growth_sources.cross_sold.rose'
            when sold.share < sold.earlier and sold.of_year then 'growth_sources.cross_sold.fell'
            when sold.of_year then 'growth_sources.cross_sold.same'
            when sold.share > sold.earlier then 'growth_sources.cross_sold.rose_before'
            when sold.share < sold.earlier then 'growth_sources.cross_sold.fell_before'
            else 'growth_sources.cross_sold.same_before'
        end as word,
        'growth_sources_cross_sold' as step,
        null as source,
        null as change,
        cast(sold.cross_sold as decimal(38, 6)) as amount,
        null as part,
        sold.customers,
        sold.share,
        sold.earlier,
        null as profit
    from sold
    left join led on led.place = 1
    where sold.share is not null
    union all
    -- History is too short to tell what is new to whom, and there is no period before.
    select
        'left_out' as place, 2 as position, 'growth_sources.answer.young' as word, 'growth_sources_cross_sold' as step,
        null as source, null as change, null as amount, null as part, null as customers, null as share, null as earlier,
        null as profit
    from sold
    left join led on led.place = 1
    where sold.share is null and led.source is null
    union all
    select
        'note' as place, 3 as position,
        case
            when expansion.cross_sell > 0 and expansion.price > 0 then 'growth_sources.expansion.dearer'
            when expansion.cross_sell > 0 and expansion.price < 0 then 'growth_sources.expansion.cheaper'
            when expansion.cross_sell > 0 then 'growth_sources.expansion.cross'
            when expansion.price > 0 then 'growth_sources.expansion.only_dearer'
            when expansion.price < 0 then 'growth_sources.expansion.only_cheaper'
            else 'growth_sources.expansion.up'
        end as word,
        'growth_sources_expansion' as step,
        null as source,
        cast(expansion.price as decimal(38, 6)) as change,
        cast(expansion.change as decimal(38, 6)) as amount,
        cast(expansion.cross_sell as decimal(38, 6)) as part,
        cast(bridged.customers as bigint) as customers,
        null as share, null as earlier, null as profit
    from expansion
    cross join bridged
    where expansion.change > 0
    union all
    select
        'note' as place, 4 as position,
        case
            when not known.costs then 'growth_sources.cost.unknown'
            when growth_sources.profit_change > 0 then 'growth_sources.cost.rose'
            when growth_sources.profit_change < 0 then 'growth_sources.cost.fell'
            else 'growth_sources.cost.same'
        end as word,
        'growth_sources' as step,
        null as source, null as change, null as amount, null as part, null as customers, null as share, null as earlier,
        growth_sources.profit_change as profit
    from growth_sources
    cross join known
    where growth_sources.source = 'cost' and growth_sources.profit_change is not null
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    source,
    change,
    amount,
    part,
    customers,
    share,
    earlier,
    abs(share - earlier) as points,
    profit
from sentences
order by position
