-- Grain: one row per customer with an order who is not lost (churn), the lowest score first, of equal ones the most revenue.
--
-- health         100 × got_points / most_points, rounded to one decimal
-- colour         green from $health_green on, yellow from $health_yellow on, else red, by the rounded score
-- first_driver, second_driver  the two that cost most points; NULL where none costs half a tenth of a point
-- ..._points     points of each driver; NULL where it is not known
-- got_points     their sum; most_points: the sum of the weights of these drivers
-- status, revenue_12m  of churn
--
-- Parameters: $health_green, $health_yellow.
-- $health_green must be a whole number above $health_yellow
with placed as (
    select
        *,
        row_number() over (partition by customer_id order by cost desc, driver_order) as place
    from health_points
),

sums as (
    select
        customer_id,
        max(case when place = 1 and cost >= 0.05 then driver end) as first_driver,
        max(case when place = 2 and cost >= 0.05 then driver end) as second_driver,
        max(case when driver = 'recency' then points end) as recency_points,
        max(case when driver = 'spend' then points end) as spend_points,
        max(case when driver = 'breadth' then points end) as breadth_points,
        max(case when driver = 'returns' then points end) as returns_points,
        max(case when driver = 'complaints' then points end) as complaints_points,
        max(case when driver = 'payment' then points end) as payment_points,
        sum(points) as got_points,
        cast(sum(weight) as bigint) as most_points
    from placed
    group by customer_id
),

scored as (
    select *, cast(round(100 * got_points / most_points, 1) as double) as health from sums
)

select
    scored.customer_id,
    scored.health,
    case
        when scored.health >= $health_green then 'green'
        when scored.health >= $health_yellow then 'yellow'
        else 'red'
    end as colour,
    scored.first_driver,
    scored.second_driver,
    scored.recency_points,
    scored.spend_points,
    scored.breadth_points,
    scored.returns_points,
    scored.complaints_points,
    scored.payment_points,
    scored.got_points,
    scored.most_points,
    churn.status,
    churn.revenue_12m
from scored
inner join churn on scored.customer_id = churn.customer_id
order by scored.health, churn.revenue_12m desc, scored.customer_id
