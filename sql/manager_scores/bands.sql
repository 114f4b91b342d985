-- Grain: one row per band of growth, all four and those without growth that somebody is in.
--
-- band, band_order  key, and its place
-- managers          how many
-- revenue, revenue_before  their credited money
--
-- Parameters: none.
with bands (band, band_order) as (
    values ('down_much', 1), ('down_little', 2), ('up_little', 3), ('up_much', 4), ('new', 5), ('no_history', 6)
)

select
    bands.band,
    bands.band_order,
    count(growth.account_manager) as managers,
    cast(coalesce(sum(growth.revenue), 0) as decimal(38, 6)) as revenue,
    cast(sum(growth.revenue_before) as decimal(38, 6)) as revenue_before
from bands
left join manager_scores_growth as growth on bands.band = growth.band
group by bands.band, bands.band_order
having bands.band_order <= 4 or count(growth.account_manager) > 0
order by bands.band_order
