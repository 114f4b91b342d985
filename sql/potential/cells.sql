-- Grain: one row per cell of the matrix, nine; none where nothing is predicted.
--
-- current, potential  keys: high, middle, low
-- current_order, potential_order  1 = low
-- action            key
-- customers         in the cell
-- customer_share    share of all with a predicted value
-- customers_before  one period earlier; NULL where nothing was predicted then, or history does not cover the 365 days up to then
-- revenue_12m, clv  money of these
-- elsewhere         money that they say to spend elsewhere; NULL where nobody said it
--
-- Parameters: none.
with levels (level, level_order) as (
    values ('low', 1), ('middle', 2), ('high', 3)
),

cells as (
    select
        c.level as current,
        p.level as potential,
        c.level_order as current_order,
        p.level_order as potential_order,
        case
            when c.level_order = 3 and p.level_order >= 2 then 'keep'
            when c.level_order = 3 then 'defend'
            when p.level_order = 3 then 'develop'
            when p.level_order = 2 then 'nurture'
            else 'spare'
        end as action
    from levels as c
    cross join levels as p
),

now as (
    select
        current_level,
        potential_level,
        count(*) as customers,
        sum(revenue_12m) as revenue_12m,
        sum(clv) as clv,
        sum(elsewhere) as elsewhere
    from potential
    group by current_level, potential_level
),

before as (
    select earlier.current_level, earlier.potential_level, count(*) as customers
    from previous.potential as earlier
    cross join previous.periods as covered
    where covered.history_days >= 365
    group by earlier.current_level, earlier.potential_level
),

totals as (
    select
        sum(customers) as customers,
        sum(revenue_12m) as revenue_12m,
        (select sum(customers) from before) as customers_before
    from now
    having sum(customers) > 0
)

select
    cells.current,
    cells.potential,
    cells.current_order,
    cells.potential_order,
    cells.action,
    coalesce(now.customers, 0) as customers,
    cast(coalesce(now.customers, 0) as double) / cast(totals.customers as double) as customer_share,
    case when totals.customers_before > 0 then coalesce(before.customers, 0) end as customers_before,
    coalesce(now.revenue_12m, totals.revenue_12m - totals.revenue_12m) as revenue_12m,
    cast(coalesce(now.clv, 0) as decimal(38, 6)) as clv,
    cast(now.elsewhere as decimal(38, 6)) as elsewhere
from cells
cross join totals
left join now on cells.current_order = now.current_level and cells.potential_order = now.potential_level
left join before on cells.current_order = before.current_level and cells.potential_order = before.potential_level
order by cells.current_order desc, cells.potential_order desc
