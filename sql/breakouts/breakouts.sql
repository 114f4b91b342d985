-- Grain: one row per product and category whose revenue rose by more than $breakout_sigmas, the most so first; columns as in
-- breakouts_measured, and
--
-- more_units  additional units per month
--
-- Parameters: $breakout_sigmas, $breakout_buyers: of fewer customers it may be one who bought a lot.
select
    kind,
    name,
    buyers,
    cast(revenue as decimal(38, 6)) as revenue,
    cast(revenue_before as decimal(38, 6)) as revenue_before,
    revenue / nullif(revenue_before, 0) - 1 as growth,
    sigmas,
    units,
    units_before,
    units - coalesce(units_before, 0) as more_units
from breakouts_measured
where sigmas > $breakout_sigmas and buyers >= $breakout_buyers
order by sigmas desc, kind, name
