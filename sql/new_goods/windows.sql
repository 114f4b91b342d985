-- Grain: half a year and a year: what was launched within so long before $as_of.
--
-- span           half_year or year
-- days           of the span: 183, 365
-- goods          products launched
-- goods_sold     of these, sold at least once
-- revenue        their money in the span
-- revenue_share  of all revenue of the span; NULL where that is not above zero
-- buyers         customers who bought one
-- buyers_share   of all customers with a purchase in the span; NULL without one
--
-- Parameters: $as_of.
with spans as (
    select 'half_year' as span, 183 as days
    union all
    select 'year' as span, 365 as days
),

launched as (
    select cast(product_id as varchar) as product_id, min(cast(launched_on as date)) as launched_on
    from products
    where product_id is not null
    group by product_id
),

goods as (
    select spans.span, spans.days, launched.product_id
    from spans
    inner join launched
        on launched.launched_on <= $as_of and cast($as_of as date) - launched.launched_on < spans.days
),

sold as (
    select
        spans.span,
        goods_sold.customer_id,
        goods_sold.product_id,
        goods.product_id is not null as is_new,
        goods_sold.sold > 0 as bought,
        goods_sold.revenue
    from goods_sold
    inner join spans on cast($as_of as date) - goods_sold.day < spans.days
    left join goods on spans.span = goods.span and goods_sold.product_id = goods.product_id
    where goods_sold.day <= $as_of
),

sums as (
    select
        span,
        count(distinct case when is_new and bought then product_id end) as goods_sold,
        coalesce(sum(revenue) filter (where is_new), 0) as revenue,
        sum(revenue) as revenue_all,
        count(distinct case when is_new and bought then customer_id end) as buyers,
        count(distinct case when bought then customer_id end) as buyers_all
    from sold
    group by span
),

counts as (
    select span, count(*) as goods
    from goods
    group by span
)

select
    spans.span,
    spans.days,
    coalesce(counts.goods, 0) as goods,
    coalesce(sums.goods_sold, 0) as goods_sold,
    coalesce(sums.revenue, 0) as revenue,
    case when sums.revenue_all > 0 then cast(sums.revenue as double) / cast(sums.revenue_all as double) end as revenue_share,
    coalesce(sums.buyers, 0) as buyers,
    case when sums.buyers_all > 0 then cast(sums.buyers as double) / sums.buyers_all end as buyers_share
from spans
left join counts on spans.span = counts.span
left join sums on spans.span = sums.span
order by spans.days
