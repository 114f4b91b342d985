-- Grain: one row per cluster then and cluster now, for the picture: those who are in one now.
--
-- Columns: those of `clusters_moves`.
--
-- Parameters: none.
select *
from clusters_moves
where to_cluster is not null
order by from_cluster nulls last, to_cluster
