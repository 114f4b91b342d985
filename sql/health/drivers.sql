-- Grain: one row per driver that is known of a customer, the most points lost first.
--
-- driver, weight  as in health_weights
-- customers       of whom it is known
-- mean_points     of these; mean_lost: weight - mean_points
-- worst_of        customers for whom it costs most points
--
-- Parameters: none.
with sums as (
    select driver, driver_order, weight, count(*) as customers, avg(points) as mean_points
    from health_points
    group by driver, driver_order, weight
),

worst as (
    select first_driver, count(*) as worst_of from health group by first_driver
)

select
    sums.driver,
    sums.weight,
    sums.customers,
    sums.mean_points,
    sums.weight - sums.mean_points as mean_lost,
    coalesce(worst.worst_of, 0) as worst_of
from sums
left join worst on sums.driver = worst.first_driver
order by mean_lost desc, sums.driver_order
