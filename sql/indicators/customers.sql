-- Grain: one row per customer with an order up to the end of the last full period: what each was at its opening and at
-- its close, and did in it.
--
-- customer_id     text
-- since           first day with an order, or the day of joining (indicators_since) if that came first
-- is_new          the first order lies in the period
-- in_opening      a customer at the opening: ordered before the period, was not silent for $lost_after_days on its eve,
--                 and was not lost before the period by the own rhythm (churn)
-- in_closing      likewise at the close
-- was_lost        lost at some time of the period: ordered before it, and was not a customer at the opening, or ended a
--                 silence of $lost_after_days within it, or is not a customer at the close
-- came_back       ordered in the period after a silence of $lost_after_days or longer, and is not new
-- is_repeat       had two orders or more in the 12 months up to the end of the period. Of all history their number would
--                 grow with history itself
-- opening_class   3, 2, 1: class A, B, C of customer_rank, of the 365 days before the period; 0: no order and no money
--                 in these
-- closing_class   likewise, of the 365 days up to the end of the period
-- orders          orders in the period
-- revenue         money in the period
-- profit          money in the period: the margin of rows with a known cost, and $margin of the others
--
-- Parameters: $as_of, $period_start, $period_end, $lost_after_days, $margin.
-- $lost_after_days must be a whole number from 1 to 3650
-- $margin must be a number from 0 to 1
with spans as (
    select
        customer_id,
        max(day) filter (where orders > 0 and day < cast($period_start as date)) as last_before,
        max(day) filter (where orders > 0) as last_day,
        max(gap_days) filter (where day >= cast($period_start as date)) as longest_gap,
        coalesce(sum(orders) filter (where day >= cast($period_start as date)), 0) as orders,
        coalesce(sum(revenue) filter (where day >= cast($period_start as date)), 0) as revenue,
        coalesce(sum(costed_revenue) filter (where day >= cast($period_start as date)), 0) as costed_revenue,
        coalesce(sum(cost) filter (where day >= cast($period_start as date)), 0) as cost,
        sum(revenue) filter (
            where day < cast($period_start as date) and day >= cast($period_start as date) - interval '365 days'
        ) as opening_revenue,
        coalesce(sum(orders) filter (
            where day < cast($period_start as date) and day >= cast($period_start as date) - interval '365 days'
        ), 0) as opening_orders,
        sum(revenue) filter (where day > cast($period_end as date) - interval '365 days') as closing_revenue,
        coalesce(sum(orders) filter (where day > cast($period_end as date) - interval '365 days'), 0) as closing_orders,
        coalesce(sum(orders) filter (
            where day >= cast($period_end as date) + interval '1 day' - interval '12 months'
        ), 0) as orders_12_months
    from customer_day
    where day <= cast($period_end as date)
    group by customer_id
),

totals as (
    select
        coalesce(sum(opening_revenue), 0) as opening_revenue,
        coalesce(sum(closing_revenue), 0) as closing_revenue
    from spans
),

-- Who has neither order nor money in a span has no place in it.
placed as (
    select
        *,
        ranking(case when opening_orders > 0 or opening_revenue <> 0 then coalesce(opening_revenue, 0) end)
            over (order by customer_id) as opening,
        ranking(case when closing_orders > 0 or closing_revenue <> 0 then coalesce(closing_revenue, 0) end)
            over (order by customer_id) as closing
    from spans
),

-- The bounds of customer_rank.
classed as (
    select
        placed.*,
        case
            when placed.opening is null or placed.opening['place'] is null then 0
            when totals.opening_revenue <= 0 then 1
            when placed.opening['total_better'] * 100 < totals.opening_revenue * 80 then 3
            when placed.opening['total_better'] * 100 < totals.opening_revenue * 95 then 2
            else 1
        end as opening_class,
        case
            when placed.closing is null or placed.closing['place'] is null then 0
            when totals.closing_revenue <= 0 then 1
            when placed.closing['total_better'] * 100 < totals.closing_revenue * 80 then 3
            when placed.closing['total_better'] * 100 < totals.closing_revenue * 95 then 2
            else 1
        end as closing_class
    from placed
    cross join totals
),

judged as (
    select
        classed.*,
        least(customer_summary.first_day, coalesce(indicators_since.joined_on, customer_summary.first_day)) as since,
        classed.last_before is not null
        and cast($period_start as date) - 1 - classed.last_before < cast($lost_after_days as bigint)
        and coalesce(churn.lost_on >= cast($period_start as date), true) as in_opening,
        cast($period_end as date) - classed.last_day < cast($lost_after_days as bigint)
        and coalesce(churn.lost_on > cast($period_end as date), true) as in_closing
    from classed
    inner join customer_summary on classed.customer_id = customer_summary.customer_id
    inner join churn on classed.customer_id = churn.customer_id
    left join indicators_since on classed.customer_id = indicators_since.customer_id
    where classed.last_day is not null
)

select
    customer_id,
    since,
    last_before is null as is_new,
    in_opening,
    in_closing,
    last_before is not null
    and (
        not in_opening
        or not in_closing
        or coalesce(longest_gap >= cast($lost_after_days as bigint), false)
    ) as was_lost,
    last_before is not null and coalesce(longest_gap >= cast($lost_after_days as bigint), false) as came_back,
    orders_12_months >= 2 as is_repeat,
    opening_class,
    closing_class,
    orders,
    revenue,
    cast(
        cast(costed_revenue - cost as decimal(38, 6))
        + cast(revenue - costed_revenue as decimal(38, 6)) * cast($margin as decimal(18, 9)) as decimal(38, 6)
    ) as profit
from judged
order by customer_id
