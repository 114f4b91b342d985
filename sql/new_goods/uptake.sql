-- Grain: 30 days on sale that at least $new_goods_least of the products launched within $new_goods_days have behind them.
--
-- age      1 is the first 30 days
-- goods    products that have been on sale for so long
-- revenue  mean money per product in these 30 days
-- buyers   mean customers per product
--
-- Parameters: $as_of, $new_goods_least.
with ages as (
    select new_goods.product_id, new_goods.launched_on, ages.age
    from new_goods
    cross join (select unnest(range(1, 13)) as age) as ages
    where new_goods.age_days >= ages.age * 30
),

sums as (
    select
        ages.product_id,
        ages.age,
        coalesce(sum(goods_sold.revenue), 0) as revenue,
        count(distinct goods_sold.customer_id) as buyers
    from ages
    left join goods_sold
        on ages.product_id = goods_sold.product_id
        and goods_sold.day between ages.launched_on + cast((ages.age - 1) * 30 as int) and ages.launched_on + cast(ages.age * 30 - 1 as int)
    group by ages.product_id, ages.age
)

select
    age,
    count(*) as goods,
    cast(cast(sum(revenue) as double) / count(*) as decimal(38, 6)) as revenue,
    cast(sum(buyers) as double) / count(*) as buyers
from sums
group by age
having count(*) >= $new_goods_least
order by age
