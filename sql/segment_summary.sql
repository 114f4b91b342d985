-- Grain: one row per segment that has a customer now or had one a period earlier.
--
-- segment              key
-- segment_order        1 = best
-- customers            count now
-- customer_share       share of all customers
-- customers_before     count one period earlier; NULL where history does not reach
-- revenue              money
-- revenue_share        share of all revenue; NULL where revenue is not above zero in total
-- average_order        money: revenue / orders, to six decimals; NULL without an order
-- median_recency_days  double: days since the last order
--
-- Parameters: none.
with now as (
    select
        segment,
        segment_order,
        count(*) as customers,
        sum(monetary) as revenue,
        sum(frequency) as orders,
        percentile(distribution(recency_days), 0.5) as median_recency_days
    from segments
    group by segment, segment_order
),

before as (
    select segment, segment_order, count(*) as customers
    from previous.segments
    group by segment, segment_order
),

totals as (
    select
        sum(customers) as customers,
        sum(revenue) as revenue,
        (select sum(customers) from before) as customers_before
    from now
)

select
    coalesce(now.segment, before.segment) as segment,
    coalesce(now.segment_order, before.segment_order) as segment_order,
    coalesce(now.customers, 0) as customers,
    cast(coalesce(now.customers, 0) as double) / cast(totals.customers as double) as customer_share,
    case when totals.customers_before > 0 then coalesce(before.customers, 0) end as customers_before,
    coalesce(now.revenue, 0) as revenue,
    case
        when totals.revenue > 0 then cast(coalesce(now.revenue, 0) as double) / cast(totals.revenue as double)
    end as revenue_share,
    cast(cast(now.revenue as decimal(38, 6)) / nullif(now.orders, 0) as decimal(38, 6)) as average_order,
    now.median_recency_days
from now
full join before on now.segment = before.segment
cross join totals
order by segment_order, segment
