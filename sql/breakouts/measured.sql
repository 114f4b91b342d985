-- Grain: one row per product and category with a row in the period or in what lies before it; none where too little does.
--
-- kind            product or category
-- name            text: the product's name, or else its id; the category
-- months          months of the period; weeks if periods are weeks
-- months_before   months before it, at most $breakout_history, and none before the first sale
-- buyers          customers who bought it in the period
-- revenue         money per month of the period
-- revenue_before  money per month before it
-- deviation       standard deviation of the months before
-- sigmas          (revenue - revenue_before) / (deviation x sqrt(1 / months + 1 / months_before)). NULL where sales never varied
-- units           quantity per month of the period; NULL where the source has none
-- units_before    per month before it
--
-- Parameters: $breakout_history, $breakout_least: fewer months before the period say nothing.
with spans as (
    select
        period_end,
        months is null as by_week,
        coalesce(months, 1) as months,
        cast(extract(year from period_end) * 12 + extract(month from period_end) as bigint) as last_month,
        -- Whole months or weeks of history.
        case
            when months is null then (period_end - history_start + 1) / 7
            else cast(
                extract(year from period_end) * 12 + extract(month from period_end)
                - extract(year from history_start) * 12 - extract(month from history_start)
                + case when extract(day from history_start) = 1 then 1 else 0 end as bigint
            )
        end as reach
    from periods
),

reach as (
    select
        period_end,
        by_week,
        months,
        last_month,
        least(cast($breakout_history as bigint), reach - months) as months_before
    from spans
    where reach - months >= $breakout_least
),

things as (
    select
        'product' as kind,
        product_id as name,
        customer_id,
        day,
        revenue,
        units
    from goods_sold
    where product_id is not null
    union all
    select 'category' as kind, category as name, customer_id, day, revenue, units
    from goods_sold
    where category is not null
),

-- How many months or weeks before the last one of the period.
dated as (
    select
        things.kind,
        things.name,
        things.customer_id,
        things.revenue,
        things.units,
        reach.months,
        reach.months_before as reached,
        case
            when reach.by_week then (reach.period_end - things.day) / 7
            else reach.last_month - cast(extract(year from things.day) * 12 + extract(month from things.day) as bigint)
        end as back
    from things
    cross join reach
    where things.day <= reach.period_end
),

-- Goods younger than this history are measured from their first sale.
known as (
    select kind, name, least(max(reached), max(back) - max(months) + 1) as months_before
    from dated
    group by kind, name
    having least(max(reached), max(back) - max(months) + 1) >= $breakout_least
),

monthly as (
    select
        dated.kind,
        dated.name,
        dated.months,
        known.months_before,
        dated.back < dated.months as is_now,
        dated.back,
        sum(dated.revenue) as revenue,
        sum(dated.units) as units
    from dated
    inner join known on dated.kind = known.kind and dated.name = known.name
    where dated.back < dated.months + known.months_before
    group by dated.kind, dated.name, dated.months, known.months_before, dated.back
),

buyers as (
    select kind, name, count(distinct customer_id) filter (where revenue > 0) as buyers
    from dated
    where back < months
    group by kind, name
),

-- Months without a sale count as 0 in means and deviation.
sums as (
    select
        kind,
        name,
        months,
        months_before,
        coalesce(sum(revenue) filter (where is_now), 0) as revenue,
        coalesce(sum(revenue) filter (where not is_now), 0) as revenue_before,
        coalesce(sum(cast(revenue as double) * cast(revenue as double)) filter (where not is_now), 0) as squares,
        sum(units) filter (where is_now) as units,
        sum(units) filter (where not is_now) as units_before
    from monthly
    group by kind, name, months, months_before
),

measured as (
    select
        sums.kind,
        sums.name as thing,
        sums.months,
        sums.months_before,
        coalesce(buyers.buyers, 0) as buyers,
        cast(sums.revenue as double) / sums.months as revenue,
        cast(sums.revenue_before as double) / sums.months_before as revenue_before,
        sqrt(greatest(
            (sums.squares - cast(sums.revenue_before as double) * cast(sums.revenue_before as double) / sums.months_before)
            / (sums.months_before - 1),
            0
        )) as deviation,
        cast(sums.units as double) / sums.months as units,
        cast(sums.units_before as double) / sums.months_before as units_before
    from sums
    left join buyers on sums.kind = buyers.kind and sums.name = buyers.name
)

select
    measured.kind,
    case when measured.kind = 'product' then coalesce(goods_names.name, measured.thing) else measured.thing end as name,
    measured.months,
    measured.months_before,
    measured.buyers,
    measured.revenue,
    measured.revenue_before,
    measured.deviation,
    case
        when measured.deviation > 0.005
            then (measured.revenue - measured.revenue_before)
                / (measured.deviation * sqrt(1.0 / measured.months + 1.0 / measured.months_before))
    end as sigmas,
    measured.units,
    measured.units_before
from measured
left join goods_names on measured.kind = 'product' and measured.thing = goods_names.product_id
order by kind, name, sigmas
