-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- k                    how many clusters
-- silhouette           their mean silhouette. 0.25 and 0.5 are the bounds of Kaufman and Rousseeuw (1990), Finding Groups
--                      in Data, table 4: no substantial structure below 0.25, a weak one up to 0.5
-- customers, others    who the sentence is about, and of how many
-- share, other_share   shares of customers and of revenue
-- cluster_no, profile     the cluster that it is about
-- revenue              money of a customer of it
-- features             how many, or which
--
-- Parameters: $clusters_largest, $least_customers.
with chosen as (
    select k, silhouette, largest_share, customers
    from clusters_quality
    where chosen
),

sums as (
    select
        (select count(*) from clusters_known) as known,
        (select count(*) from customer_summary where orders > 0) as buyers,
        (select count(*) from chosen) as found
),

richest as (
    select cluster_no, profile, customers, customer_share, revenue_share, revenue_each
    from clusters_profile
    where revenue_share is not null and (select count(*) from clusters_profile) > 1
    order by revenue_each desc, cluster_no
    limit 1
),

changed as (
    select
        coalesce(sum(customers) filter (where from_cluster is not null and to_cluster is not null), 0) as both_times,
        coalesce(sum(customers) filter (where from_cluster <> to_cluster), 0) as moved
    from clusters_moves
),

mute as (
    select count(*) as features
    from clusters_features
    where left_out is not null
),

sentences as (
    select
        'left_out' as place,
        1 as position,
        'clusters.few' as word,
        cast(null as bigint) as k,
        cast(null as double) as silhouette,
        known as customers,
        cast(null as bigint) as others,
        cast(null as double) as share,
        cast(null as double) as other_share,
        cast(null as bigint) as cluster_no,
        cast(null as varchar) as profile,
        cast(null as decimal(38, 2)) as revenue,
        cast(null as bigint) as features
    from sums
    where known < $least_customers or found = 0
    union all
    select
        'answer' as place,
        1 as position,
        case
            when chosen.largest_share > $clusters_largest then 'clusters.answer.lopsided'
            when chosen.silhouette < 0.25 then 'clusters.answer.blurred'
            when chosen.silhouette < 0.5 then 'clusters.answer.weak'
            else 'clusters.answer.apart'
        end as word,
        chosen.k, chosen.silhouette, chosen.customers, null, chosen.largest_share, null, null, null, null, null
    from chosen
    cross join sums
    where sums.known >= $least_customers
    union all
    select
        'note', 2, 'clusters.note.richest', null, null, customers, null as others, customer_share as share, revenue_share as other_share, cluster_no, profile, revenue_each as revenue, null
    from richest
    union all
    select 'note', 3, 'clusters.note.moved', null, null, moved as customers, both_times as others, null, null, null, null, null, null
    from changed
    where both_times >= $least_customers
    union all
    select 'note', 4, 'clusters.note.outside', null, null, buyers - known as customers, buyers as others, null, null, null, null, null, null
    from sums
    where buyers > known
    union all
    select 'note', 5, 'clusters.note.mute', null, null, null, null, null, null, null, null, null, features
    from mute
    where features > 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'clusters_profile' as step,
    k,
    silhouette,
    customers,
    others,
    share,
    other_share,
    cluster_no,
    profile,
    revenue,
    features
from sentences
order by position
