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
-- A driver's key is what it costs in millionths of a point, with its place in the last digit, the first driver the largest: so keys
-- differ, and of equal costs the first driver counts. That needs no order of rows.
with sums as (
    select
        customer_id,
        max(case when driver = 'recency' then points end) as recency_points,
        max(case when driver = 'spend' then points end) as spend_points,
        max(case when driver = 'breadth' then points end) as breadth_points,
        max(case when driver = 'returns' then points end) as returns_points,
        max(case when driver = 'complaints' then points end) as complaints_points,
        max(case when driver = 'payment' then points end) as payment_points,
        max(case when driver_order = 1 then cast(round(cost * 1000000) as bigint) * 10 + 9 end) as key_1,
        max(case when driver_order = 2 then cast(round(cost * 1000000) as bigint) * 10 + 8 end) as key_2,
        max(case when driver_order = 3 then cast(round(cost * 1000000) as bigint) * 10 + 7 end) as key_3,
        max(case when driver_order = 4 then cast(round(cost * 1000000) as bigint) * 10 + 6 end) as key_4,
        max(case when driver_order = 5 then cast(round(cost * 1000000) as bigint) * 10 + 5 end) as key_5,
        max(case when driver_order = 6 then cast(round(cost * 1000000) as bigint) * 10 + 4 end) as key_6,
        sum(points) as got_points,
        cast(sum(weight) as bigint) as most_points
    from health_points
    group by customer_id
),

first_keys as (
    select *, greatest(key_1, key_2, key_3, key_4, key_5, key_6) as first_key from sums
),

keys as (
    select
        *,
        greatest(
            nullif(key_1, first_key),
            nullif(key_2, first_key),
            nullif(key_3, first_key),
            nullif(key_4, first_key),
            nullif(key_5, first_key),
            nullif(key_6, first_key)
        ) as second_key
    from first_keys
),

scored as (
    select
        keys.*,
        cast(round(100 * got_points / most_points, 1) as double) as health,
        -- From half a tenth of a point on.
        case when first_key >= 500000 then first_weights.driver end as first_driver,
        case when second_key >= 500000 then second_weights.driver end as second_driver
    from keys
    left join health_weights as first_weights on first_weights.driver_order = 10 - first_key % 10
    left join health_weights as second_weights on second_weights.driver_order = 10 - second_key % 10
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
