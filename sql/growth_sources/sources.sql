-- Grain: one row per source of growth, and their total; none where history does not cover the period before.
--
-- source          acquisition: new customers. retention: customers who came back, bought less, or did not come.
--                 cross_sell, up_sell, price: the parts of the expansion. cost: what another margin did. total: all
-- position        1 = acquisition
-- customers       customers of the row; NULL of cost and of total, as one customer may be in several rows
-- revenue_change  money: from the period before to the last full period; NULL of cost. The rows add up to the change of
--                 revenue
-- profit_change   money: revenue_change at the margin of the period before; of cost the revenue of the period at the
--                 difference of the two margins. The rows add up to the change of gross profit. NULL where revenue of the
--                 period before is not above zero
-- is_total        whether it is the total
--
-- Parameters: $period_start, $period_end, $before_start, $before_end, $margin.
-- $margin must be a number from 0 to 1
with margins as (
    select
        coalesce(sum(revenue) filter (where day >= cast($period_start as date)), 0) as revenue,
        coalesce(sum(revenue) filter (where day <= cast($before_end as date)), 0) as revenue_before,
        coalesce(sum(costed_revenue - cost) filter (where day >= cast($period_start as date)), 0) as costed_profit,
        coalesce(sum(costed_revenue - cost) filter (where day <= cast($before_end as date)), 0) as costed_profit_before,
        coalesce(sum(costed_revenue) filter (where day >= cast($period_start as date)), 0) as costed_revenue,
        coalesce(sum(costed_revenue) filter (where day <= cast($before_end as date)), 0) as costed_revenue_before
    from customer_day
    where
        day between cast($before_start as date) and cast($before_end as date)
        or day between cast($period_start as date) and cast($period_end as date)
),

profits as (
    select
        revenue,
        revenue_before,
        cast(costed_profit + (revenue - costed_revenue) * cast($margin as decimal(18, 9)) as decimal(38, 6)) as profit,
        cast(
            costed_profit_before + (revenue_before - costed_revenue_before) * cast($margin as decimal(18, 9)) as decimal(38, 6)
        ) as profit_before
    from margins
    cross join periods
    where periods.before_reached
),

moved as (
    select 1 as position, 'acquisition' as source, customers, change from revenue_bridge where component = 'new'
    union all
    select 2 as position, 'retention' as source, sum(customers) as customers, sum(change) as change
    from revenue_bridge
    where component in ('reactivation', 'contraction', 'churn')
    having count(*) > 0
    union all
    select 2 + part_order as position, part as source, customers, change from growth_sources_expansion
),

valued as (
    select
        cast(moved.position as bigint) as position,
        moved.source,
        cast(moved.customers as bigint) as customers,
        cast(moved.change as decimal(38, 6)) as revenue_change,
        case
            when profits.revenue_before > 0
                then cast(
                    cast(cast(moved.change as decimal(28, 6)) * cast(profits.profit_before as decimal(28, 6)) as decimal(38, 10))
                    / cast(profits.revenue_before as decimal(28, 6)) as decimal(38, 6)
                )
        end as profit_change
    from moved
    cross join profits
),

-- The last of the six takes what rounding left: the changes add up.
all_rows as (
    select position, source, customers, revenue_change, profit_change, false as is_total from valued
    union all
    select
        cast(6 as bigint) as position,
        'cost' as source,
        null as customers,
        null as revenue_change,
        case
            when profits.revenue_before > 0
                then profits.profit - profits.profit_before - (select sum(profit_change) from valued)
        end as profit_change,
        false as is_total
    from profits
    union all
    select
        cast(7 as bigint) as position,
        'total' as source,
        null as customers,
        cast(profits.revenue - profits.revenue_before as decimal(38, 6)) as revenue_change,
        case when profits.revenue_before > 0 then profits.profit - profits.profit_before end as profit_change,
        true as is_total
    from profits
)

select source, position, customers, revenue_change, profit_change, is_total
from all_rows
order by position
