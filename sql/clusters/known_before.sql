-- Grain: one row per customer as `clusters_known` had them one period earlier; none where history does not cover the
-- year before that.
--
-- Columns: those of `clusters_known`.
--
-- Parameters: $previous_as_of.
select before.*
from previous.clusters_known as before
cross join periods
where periods.history_start <= cast($previous_as_of as date) - interval '364 days'
order by before.customer_id
