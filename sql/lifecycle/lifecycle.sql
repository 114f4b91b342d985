-- Grain: one row per customer with an order. How far the customer has come (stage), and where the customer stands (phase).
--
-- customer_id      text
-- stage            the furthest that the orders reach; it never falls back:
--   lifelong       loyal, and $lifecycle_lifelong_days or more from the first order to the last
--   loyal          $lifecycle_loyal_orders orders or more
--   repeat         two orders or more
--   one_time       one order
-- stage_order      1 = one_time
-- phase            the first of these that is true:
--   ended          the status (churn) is lost
--   acquisition    one order, or the first one less than $lifecycle_acquisition_days ago
--   decline        no revenue above zero in the last $lifecycle_window_days; or less than those of the window before, by
--                  $lifecycle_change of it or more
--   growth         nothing above zero in the window before; or more than that, by $lifecycle_change of it or more
--   maturity       all others
-- phase_order      1 = acquisition, 2 growth, 3 maturity, 4 decline, 5 ended
-- window_revenue   money of the last $lifecycle_window_days
-- earlier_revenue  money of the window before
-- revenue_12m      money of the last 365 days
--
-- Parameters: $as_of, $lifecycle_window_days, $lifecycle_change, $lifecycle_acquisition_days, $lifecycle_loyal_orders,
-- $lifecycle_lifelong_days.
-- $lifecycle_window_days must be a whole number from 1 to 3650
-- $lifecycle_change must be a number from 0 to 1
-- $lifecycle_acquisition_days must be a whole number from 1 to 3650
-- $lifecycle_loyal_orders must be a whole number of 2 or more
-- $lifecycle_lifelong_days must be a whole number of 1 or more
with windows as (
    select
        customer_id,
        sum(revenue) filter (where day > cast($as_of as date) - interval $lifecycle_window_days day) as window_revenue,
        sum(revenue) filter (
            where day <= cast($as_of as date) - interval $lifecycle_window_days day
            and day > cast($as_of as date) - interval $lifecycle_window_days day - interval $lifecycle_window_days day
        ) as earlier_revenue
    from customer_day
    where day <= $as_of
    group by customer_id
),

known as (
    select
        customer_summary.customer_id,
        customer_summary.orders,
        customer_summary.span_days,
        customer_summary.tenure_days,
        customer_summary.revenue_12m,
        coalesce(windows.window_revenue, customer_summary.revenue - customer_summary.revenue) as window_revenue,
        coalesce(windows.earlier_revenue, customer_summary.revenue - customer_summary.revenue) as earlier_revenue
    from customer_summary
    inner join windows on customer_summary.customer_id = windows.customer_id
    where customer_summary.orders > 0
),

staged as (
    select
        known.*,
        case
            when
                known.orders >= cast($lifecycle_loyal_orders as bigint)
                and known.span_days >= cast($lifecycle_lifelong_days as bigint) then 4
            when known.orders >= cast($lifecycle_loyal_orders as bigint) then 3
            when known.orders >= 2 then 2
            else 1
        end as stage_order,
        case
            when churn.status = 'lost' then 5
            when known.orders = 1 or known.tenure_days < cast($lifecycle_acquisition_days as bigint) then 1
            when
                known.window_revenue <= 0
                or (
                    known.earlier_revenue > 0
                    and known.earlier_revenue - known.window_revenue
                    >= known.earlier_revenue * cast($lifecycle_change as decimal(9, 6))
                    and known.window_revenue < known.earlier_revenue
                ) then 4
            when
                known.earlier_revenue <= 0
                or (
                    known.window_revenue - known.earlier_revenue
                    >= known.earlier_revenue * cast($lifecycle_change as decimal(9, 6))
                    and known.window_revenue > known.earlier_revenue
                ) then 2
            else 3
        end as phase_order
    from known
    inner join churn on known.customer_id = churn.customer_id
)

select
    customer_id,
    case stage_order when 1 then 'one_time' when 2 then 'repeat' when 3 then 'loyal' else 'lifelong' end as stage,
    cast(stage_order as bigint) as stage_order,
    case phase_order
        when 1 then 'acquisition'
        when 2 then 'growth'
        when 3 then 'maturity'
        when 4 then 'decline'
        else 'ended'
    end as phase,
    cast(phase_order as bigint) as phase_order,
    window_revenue,
    earlier_revenue,
    revenue_12m
from staged
order by customer_id
