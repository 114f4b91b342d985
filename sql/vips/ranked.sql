-- Grain: one row per customer, the $vip_size with the most revenue of the last 12 months, above zero.
--
-- customer_id  text
-- vip_rank     1 = the most; ties go by id
-- spend        money of the last 12 months
-- category     the category with most of this spend; NULL where no category is known
--
-- Parameters: $as_of, $vip_size.
with ranked as (
    select
        customer_id,
        revenue_12m as spend,
        cast(row_number() over (order by revenue_12m desc, customer_id) as bigint) as vip_rank
    from customer_summary
    where revenue_12m > 0
),

chosen as (
    select customer_id, spend, vip_rank
    from ranked
    where vip_rank <= $vip_size
),

by_category as (
    select chosen.customer_id, goods_sold.category, sum(goods_sold.revenue) as revenue
    from chosen
    inner join goods_sold
        on chosen.customer_id = goods_sold.customer_id
        and goods_sold.day <= $as_of
        and cast($as_of as date) - goods_sold.day < 365
    where goods_sold.category is not null
    group by chosen.customer_id, goods_sold.category
),

ordered as (
    select customer_id, category, row_number() over (partition by customer_id order by revenue desc, category) as place
    from by_category
)

select chosen.customer_id, chosen.vip_rank, chosen.spend, ordered.category
from chosen
left join ordered on chosen.customer_id = ordered.customer_id and ordered.place = 1
order by chosen.vip_rank
