-- Grain: one row; columns as in scorecard_measures: revenue of the period with goods launched within $new_goods_days of its last day,
-- divided by all revenue of goods.
--
-- Parameters: $period_start, $period_end, $before_start, $before_end, $new_goods_days.
with launched as (
    select cast(product_id as varchar) as product_id, max(cast(launched_on as date)) as launched_on
    from products
    group by cast(product_id as varchar)
),

sums as (
    select
        sum(case when sold.day >= $period_start then sold.revenue end) as now,
        sum(case
            when sold.day >= $period_start and cast($period_end as date) - launched.launched_on between 0 and $new_goods_days then sold.revenue
        end) as new_now,
        sum(case when sold.day <= $before_end then sold.revenue end) as before,
        sum(case
            when sold.day <= $before_end and cast($before_end as date) - launched.launched_on between 0 and $new_goods_days then sold.revenue
        end) as new_before
    from goods_sold as sold
    left join launched on sold.product_id = launched.product_id
    where sold.day between $before_start and $period_end
)

select
    'new_goods_share' as measure,
    cast(null as varchar) as subject,
    case when now > 0 then cast(coalesce(cast(new_now as double), 0) / cast(now as double) as decimal(38, 6)) end as value,
    case when before > 0 then cast(coalesce(cast(new_before as double), 0) / cast(before as double) as decimal(38, 6)) end as before,
    'share' as unit,
    'goods_sold' as step
from sums
where now > 0 or before > 0
