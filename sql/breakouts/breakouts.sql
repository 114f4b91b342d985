-- Grain: one row per product and category whose revenue rose by more than $breakout_sigmas, the most so first.
--
-- kind            product or category
-- name            text: the product's name, or else its id; the category
-- name_as         how readers see the name: of a category by the words file, of a product as it is
-- buyers          customers who bought it in the period
-- revenue         money of the period
-- revenue_before  money of as long a time, by the mean of the months before the period
-- growth          the change
-- sigmas          as in breakouts_measured
-- units           quantity of the period; NULL where the source has none
-- units_before    of as long a time, likewise
-- more_units      additional units in the period
--
-- Parameters: $breakout_sigmas, $breakout_buyers: of fewer customers it may be one who bought a lot.
select
    kind,
    name,
    case when kind = 'category' then 'programme.category' else 'text' end as name_as,
    buyers,
    -- Buyers are those of the whole period: so are money and units.
    cast(revenue * months as decimal(38, 6)) as revenue,
    cast(revenue_before * months as decimal(38, 6)) as revenue_before,
    revenue / nullif(revenue_before, 0) - 1 as growth,
    sigmas,
    units * months as units,
    units_before * months as units_before,
    (units - coalesce(units_before, 0)) * months as more_units
from breakouts_measured
where sigmas > $breakout_sigmas and buyers >= $breakout_buyers
order by sigmas desc, kind, name
