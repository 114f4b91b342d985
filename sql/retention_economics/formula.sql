-- Grain: one row per yearly retention from 10 to 95 % in steps of five points: what the formula of the what-if (retention_what_if)
-- can give at all, whatever the margin. The margin of the years to come is m r / (1 + d - r).
--
-- name             r in per cent, for the picture
-- retention        r
-- multiple         r / (1 + d - r)
-- higher           r + 0.05
-- multiple_higher  the same at higher; NULL where that is not finite
-- gain             multiple_higher / multiple - 1: more margin in all years to come
-- published_low, published_high   0.25 and 0.85, what Reichheld and Sasser reported
--
-- The gain does not depend on the margin. It is the same at r and at 0.95 + d - r, and least between the two.
--
-- Parameters: $discount_rate.
-- $discount_rate must be a number from 0 to 1
with steps as (
    select
        concat(cast(percent as varchar), '%') as name,
        cast(percent as double) / 100 as retention,
        cast(percent + 5 as double) / 100 as higher
    from (select unnest(range(10, 96, 5)) as percent)
),

multiples as (
    select
        name,
        retention,
        higher,
        retention / (1 + cast($discount_rate as double) - retention) as multiple,
        case
            when 1 + cast($discount_rate as double) - higher > 0.000000001
                then higher / (1 + cast($discount_rate as double) - higher)
        end as multiple_higher
    from steps
)

select
    name,
    retention,
    multiple,
    higher,
    multiple_higher,
    multiple_higher / multiple - 1 as gain,
    cast(0.25 as double) as published_low,
    cast(0.85 as double) as published_high
from multiples
order by retention
