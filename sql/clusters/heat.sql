-- Grain: one row per feature and cluster: the centres, for the picture.
--
-- feature       the feature
-- cluster_no    number, as text
-- standardised  the centre, in standard deviations from the mean of all, to two places: cells have room for no more
--
-- Parameters: none.
with centres as (
    select feature, position, cluster_no as number, standardised
    from clusters_centroids
)

select
    feature,
    cast(number as varchar) as cluster_no,
    -- Not minus zero.
    round(standardised, 2) + 0.0 as standardised
from centres
order by position, number
