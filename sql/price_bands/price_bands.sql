-- Grain: one row per band of prices with a sale in one of the periods of `periods`; the lowest first.
--
-- band              the prices as text, such as 20–50
-- lowest            the lowest price of the band
-- highest           prices are below it; NULL of the highest band
-- customers         with a row in the period
-- customers_before  one period earlier
-- units             quantity sold; returns are not taken off, here and in all money
-- revenue           sales of the last full period
-- revenue_before    of the period before. If history does not cover it, this and all columns that compare with it are NULL
-- growth            sales against the period before; NULL where there was none
-- noise             standard error of the growth, with each customer's purchases as one draw
-- moved             new: nothing was sold the period before; up, down: by more than two standard errors; else steady
-- share             of all sales of the period; NULL where that is not above zero
-- share_before      likewise
-- share_change      the difference, 0.01 = 1 point
-- revenue_year_ago  of the same period a year ago; NULL where history does not cover it
-- growth_year_ago   sales against it
--
-- Parameters: $price_bounds.
with numbers as (
    select unnest(range(0, cast(array_length($price_bounds) as bigint) + 1)) as number
),

bands as (
    select
        case when number = 0 then 0 else cast($price_bounds[number] as bigint) end as lowest,
        cast($price_bounds[number + 1] as bigint) as highest
    from numbers
),

lines as (
    select
        case
            when bands.highest is null then concat('≥ ', cast(bands.lowest as varchar))
            when bands.lowest = 0 then concat('< ', cast(bands.highest as varchar))
            else concat(cast(bands.lowest as varchar), '–', cast(bands.highest as varchar))
        end as band,
        bands.lowest,
        bands.highest,
        goods_sold.customer_id,
        goods_sold.sales as revenue,
        goods_sold.sold as units,
        goods_sold.day between periods.period_start and periods.period_end as is_now,
        goods_sold.day between periods.before_start and periods.before_end as is_before,
        goods_sold.day between periods.year_ago_start and periods.year_ago_end as is_year_ago
    from goods_sold
    cross join periods
    inner join bands
        on goods_sold.sales >= goods_sold.sold * bands.lowest
        and (bands.highest is null or goods_sold.sales < goods_sold.sold * bands.highest)
    where goods_sold.day between periods.year_ago_start and periods.period_end
        and goods_sold.sold > 0
),

-- One customer buys several things: the customer is what varies.
per_customer as (
    select
        band, lowest, highest,
        customer_id,
        sum(revenue) filter (where is_now) as now,
        sum(revenue) filter (where is_before) as before,
        sum(revenue) filter (where is_year_ago) as year_ago,
        sum(units) filter (where is_now) as units
    from lines
    where is_now or is_before or is_year_ago
    group by band, lowest, highest, customer_id
),

items as (
    select
        band, lowest, highest,
        count(now) as customers,
        count(before) as customers_before,
        sum(units) as units,
        coalesce(sum(now), 0) as revenue,
        coalesce(sum(before), 0) as revenue_before,
        coalesce(sum(year_ago), 0) as revenue_year_ago,
        coalesce(sum(cast(now as double) * cast(now as double)), 0) as squares,
        coalesce(sum(cast(before as double) * cast(before as double)), 0) as squares_before
    from per_customer
    group by band, lowest, highest
),

totals as (
    select
        case when sum(revenue) > 0 then cast(sum(revenue) as double) end as revenue,
        case when sum(revenue_before) > 0 then cast(sum(revenue_before) as double) end as revenue_before
    from items
),

compared as (
    select
        items.band, items.lowest, items.highest,
        items.customers,
        items.units,
        items.revenue,
        items.squares,
        items.squares_before,
        cast(items.revenue as double) / totals.revenue as share,
        case when periods.before_reached then items.customers_before end as customers_before,
        case when periods.before_reached then items.revenue_before end as revenue_before,
        case when periods.before_reached then cast(items.revenue_before as double) / totals.revenue_before end as share_before,
        case when periods.year_ago_reached then items.revenue_year_ago end as revenue_year_ago
    from items
    cross join totals
    cross join periods
),

grown as (
    select
        *,
        case when revenue_before > 0 then cast(revenue as double) / cast(revenue_before as double) - 1 end as growth,
        case
            when revenue_before > 0
                then sqrt(squares + squares_before * power(cast(revenue as double) / cast(revenue_before as double), 2))
                    / cast(revenue_before as double)
        end as noise,
        case when revenue_year_ago > 0 then cast(revenue as double) / cast(revenue_year_ago as double) - 1 end as growth_year_ago
    from compared
)

select
    band, lowest, highest,
    customers,
    customers_before,
    units,
    revenue,
    revenue_before,
    growth,
    noise,
    case
        when revenue_before is null then null
        when revenue_before = 0 and customers_before = 0 and revenue > 0 then 'new'
        when growth > 2 * noise then 'up'
        when growth < -2 * noise then 'down'
        else 'steady'
    end as moved,
    share,
    share_before,
    share - share_before as share_change,
    revenue_year_ago,
    growth_year_ago
from grown
order by lowest
