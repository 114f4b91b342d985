-- Grain: one row per feature and cluster: the centres, for the picture.
--
-- feature       the feature
-- cluster_no    number, as text
-- standardised  the centre, in standard deviations from the mean of all
--
-- Parameters: none.
with centres as (
    select feature, position, cluster_no as number, standardised
    from clusters_centroids
)

select
    feature,
    cast(number as varchar) as cluster_no,
    standardised
from centres
order by position, number
