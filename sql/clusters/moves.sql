-- Grain: one row per cluster one period earlier and cluster now that a customer connects, by the centres of now. None
-- where history does not reach.
--
-- from_cluster, to_cluster  numbers, as text. From NULL: no order in the 365 days then. To NULL: none in the 365 days now
-- customers                 count
-- revenue_before, revenue   their money of the 365 days, then and now
--
-- Parameters: none.
with before as (
    select clusters_before.customer_id, clusters_before.cluster_no, known.revenue
    from clusters_before
    inner join clusters_known_before as known on clusters_before.customer_id = known.customer_id
    where clusters_before.cluster_no is not null
),

now as (
    select clusters.customer_id, clusters.cluster_no, known.revenue
    from clusters
    inner join clusters_known as known on clusters.customer_id = known.customer_id
    where clusters.cluster_no is not null
)

select
    cast(before.cluster_no as varchar) as from_cluster,
    cast(now.cluster_no as varchar) as to_cluster,
    count(*) as customers,
    coalesce(sum(before.revenue), 0) as revenue_before,
    coalesce(sum(now.revenue), 0) as revenue
from now
full join before on now.customer_id = before.customer_id
where (select count(*) from before) > 0
group by before.cluster_no, now.cluster_no
order by before.cluster_no nulls last, now.cluster_no nulls last
