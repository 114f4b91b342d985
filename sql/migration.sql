-- Grain: one row per segment before and segment now that at least one customer connects; none where history
-- does not reach one period back.
--
-- from_segment, from_order  one period earlier; NULL: not a customer then
-- to_segment, to_order      now
-- customers                 count
-- revenue                   money: their revenue to date, now
-- revenue_before            money: the same one period earlier; 0 for those who were not customers
-- revenue_12m_before        money of the 365 days up to then; likewise
-- regraded                  of the customers: those with as many orders as before, if this number now gives a lower score. All
--                           fall at once: they did nothing, the bound moved
-- same_day                  of all others: the most who share one day of the last order. They pass a bound of recency on the
--                           same day: a day earlier or later, the figure may differ
--
-- Parameters: none.

-- The fewest orders with each score or a better one, then and now. If the bound rose, orders in between lost.
with reached as (
    select scores.score, min(bins.lowest) as lowest
    from rfm_bins as scores
    inner join rfm_bins as bins on scores.measure = bins.measure and bins.score >= scores.score
    where scores.measure = 'f'
    group by scores.score
),

reached_before as (
    select scores.score, min(bins.lowest) as lowest
    from previous.rfm_bins as scores
    inner join previous.rfm_bins as bins on scores.measure = bins.measure and bins.score >= scores.score
    where scores.measure = 'f'
    group by scores.score
),

lost_score as (
    select min(reached_before.lowest) as from_orders, max(reached.lowest) as below_orders
    from reached
    inner join reached_before on reached.score = reached_before.score
    where reached.lowest > reached_before.lowest
),

moved as (
    select
        before.segment as from_segment,
        before.segment_order as from_order,
        now.segment as to_segment,
        now.segment_order as to_order,
        now.recency_days,
        coalesce(
            before.frequency = now.frequency
            and now.frequency >= (select from_orders from lost_score)
            and now.frequency < (select below_orders from lost_score),
            false
        ) as regraded,
        now.monetary as revenue,
        before.monetary as revenue_before,
        earlier.revenue_12m as revenue_12m_before
    from segments as now
    left join previous.segments as before on now.customer_id = before.customer_id
    left join previous.customer_summary as earlier on now.customer_id = earlier.customer_id
    where (select count(*) from previous.segments) > 0
),

by_day as (
    select
        from_segment,
        from_order,
        to_segment,
        to_order,
        count(*) as customers,
        sum(revenue) as revenue,
        sum(revenue_before) as revenue_before,
        sum(revenue_12m_before) as revenue_12m_before,
        count(*) filter (where regraded) as regraded,
        count(*) filter (where not regraded) as others
    from moved
    group by from_segment, from_order, to_segment, to_order, recency_days
)

select
    from_segment,
    from_order,
    to_segment,
    to_order,
    sum(customers) as customers,
    sum(revenue) as revenue,
    coalesce(sum(revenue_before), 0) as revenue_before,
    coalesce(sum(revenue_12m_before), 0) as revenue_12m_before,
    sum(regraded) as regraded,
    max(others) as same_day
from by_day
group by from_segment, from_order, to_segment, to_order
order by from_order nulls last, to_order
