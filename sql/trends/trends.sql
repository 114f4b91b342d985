-- Grain: one row for all goods and one per category, where history has 18 full months; the strongest shift first.
--
-- category     text; all: everything
-- revenue      money of the last three full months
-- growth       against the same months a year earlier; NULL where there was nothing then
-- growth_before  the same of the three months before these
-- shift        growth less growth_before: the season cancels out
-- noise        standard error of the shift, were each customer's purchases a draw of their own
-- turned       up, down: by more than two standard errors; else steady
--
-- Parameters: $as_of.
with ends as (
    -- Months since the year 0: the last full month at $as_of.
    select
        cast(
            extract(year from cast($as_of as date) + interval '1 day') * 12
            + extract(month from cast($as_of as date) + interval '1 day') - 1 as bigint
        ) as last_month,
        (
            select cast(
                extract(year from min(day)) * 12 + extract(month from min(day))
                + case when extract(day from min(day)) = 1 then 0 else 1 end as bigint
            )
            from customer_day
        ) as first_month
),

lines as (
    select
        coalesce(goods_sold.category, '-') as category,
        goods_sold.customer_id,
        goods_sold.revenue,
        ends.last_month - cast(extract(year from goods_sold.day) * 12 + extract(month from goods_sold.day) as bigint) as back
    from goods_sold
    cross join ends
    where ends.last_month - ends.first_month >= 17 and goods_sold.day <= $as_of
),

doubled as (
    select category, customer_id, revenue, back from lines
    union all
    select 'all' as category, customer_id, revenue, back from lines
),

per_customer as (
    select
        category,
        customer_id,
        sum(revenue) filter (where back between 0 and 2) as now,
        sum(revenue) filter (where back between 3 and 5) as before,
        sum(revenue) filter (where back between 12 and 14) as year_ago,
        sum(revenue) filter (where back between 15 and 17) as year_ago_before
    from doubled
    where back between 0 and 17
    group by category, customer_id
),

sums as (
    select
        category,
        coalesce(sum(now), 0) as now,
        cast(coalesce(sum(now), 0) as double) as a,
        cast(coalesce(sum(before), 0) as double) as b,
        cast(coalesce(sum(year_ago), 0) as double) as c,
        cast(coalesce(sum(year_ago_before), 0) as double) as d,
        coalesce(sum(power(cast(now as double), 2)), 0) as aa,
        coalesce(sum(power(cast(before as double), 2)), 0) as bb,
        coalesce(sum(power(cast(year_ago as double), 2)), 0) as cc,
        coalesce(sum(power(cast(year_ago_before as double), 2)), 0) as dd
    from per_customer
    group by category
),

measured as (
    select
        category,
        now as revenue,
        case when c > 0 then a / c - 1 end as growth,
        case when d > 0 then b / d - 1 end as growth_before,
        case when c > 0 and d > 0 then sqrt((aa + cc * power(a / c, 2)) / (c * c) + (bb + dd * power(b / d, 2)) / (d * d)) end as noise
    from sums
)

select
    category,
    revenue,
    growth,
    growth_before,
    growth - growth_before as shift,
    noise,
    case
        when growth is null or growth_before is null then null
        when growth - growth_before > 2 * noise then 'up'
        when growth - growth_before < -2 * noise then 'down'
        else 'steady'
    end as turned
from measured
order by case when category = 'all' then 0 else 1 end, abs(growth - growth_before) desc, category
