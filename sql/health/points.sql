-- Grain: one row per customer with an order who is not lost (churn) × driver that is known of the customer.
--
-- driver, driver_order, weight  as in health_weights
-- points  weight × got; cost: weight - points. got is
--   recency     with a rhythm: 1 up to one own gap of silence (or half of $at_risk_after, if that is less), 0 from
--               $at_risk_after gaps on,
--               a straight line between; without one:
--               1 - days of silence / $lost_after_days
--   spend       1 if spend of $health_window_days days is not below that of as many before, 0 if it fell by $health_fall or
--               more, a straight line between; not known without spend above zero before, or of customers who came in those days
--   returns     1 - returns / sales / $health_returns_most of the last $health_window_days days, 0 at least; not known without sales
--   others      of health_facts; 1 without a row there if the driver is in health_known, else not known
--
-- Parameters: $as_of, $at_risk_after, $lost_after_days, $health_window_days, $health_fall, $health_returns_most.
-- $health_fall must be a number above 0 to 1
-- $health_returns_most must be a number above 0 to 1
with people as (
    select churn.customer_id, churn.lateness, churn.recency_days, customer_summary.first_day
    from churn
    inner join customer_summary on churn.customer_id = customer_summary.customer_id
    where churn.status <> 'lost' and customer_summary.orders > 0
),

windows as (
    select
        cast(cast($as_of as date) - interval $health_window_days day as date) as until,
        cast(cast($as_of as date) - interval $health_window_days day - interval $health_window_days day as date) as since
),

sums as (
    select
        customer_day.customer_id,
        cast(coalesce(sum(customer_day.revenue) filter (where customer_day.day > windows.until), 0) as double) as spend,
        cast(coalesce(sum(customer_day.revenue) filter (where customer_day.day <= windows.until), 0) as double) as spend_before,
        cast(coalesce(sum(customer_day.sales) filter (where customer_day.day > windows.until), 0) as double) as sales,
        cast(coalesce(sum(customer_day.returns) filter (where customer_day.day > windows.until), 0) as double) as returned
    from customer_day
    cross join windows
    where customer_day.day > windows.since and customer_day.day <= cast($as_of as date)
    group by customer_day.customer_id
),

own as (
    select
        people.customer_id,
        'recency' as driver,
        case
            when people.lateness is not null
                then greatest(
                    least(
                        (cast($at_risk_after as double) - people.lateness)
                        / (cast($at_risk_after as double) - least(1, cast($at_risk_after as double) / 2)),
                        1
                    ),
                    0
                )
            else greatest(1 - cast(people.recency_days as double) / cast($lost_after_days as double), 0)
        end as got
    from people
    union all
    select
        people.customer_id,
        'spend' as driver,
        greatest(
            least(1 + (sums.spend - sums.spend_before) / sums.spend_before / cast($health_fall as double), 1), 0
        ) as got
    from people
    cross join windows
    inner join sums on people.customer_id = sums.customer_id
    -- Who came in the window before was not there for all of it.
    where sums.spend_before > 0 and people.first_day <= windows.since
    union all
    select
        people.customer_id,
        'returns' as driver,
        greatest(1 - sums.returned / sums.sales / cast($health_returns_most as double), 0) as got
    from people
    inner join sums on people.customer_id = sums.customer_id
    where sums.sales > 0
    union all
    select people.customer_id, facts.driver, facts.got
    from people
    inner join health_facts as facts on people.customer_id = facts.customer_id
    union all
    select people.customer_id, health_known.driver, cast(1 as double) as got
    from people
    cross join (select distinct driver from health_known) as health_known
    left join health_facts as facts
        on people.customer_id = facts.customer_id and health_known.driver = facts.driver
    where facts.customer_id is null
)

select
    own.customer_id,
    weights.driver,
    weights.driver_order,
    weights.weight,
    weights.weight * own.got as points,
    weights.weight * (1 - own.got) as cost
from own
inner join health_weights as weights on own.driver = weights.driver
where weights.weight > 0
