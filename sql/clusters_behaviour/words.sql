-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- k, silhouette        how many clusters, and how well they are apart
-- customers            who the sentence is about
-- share                a share of these
-- launches, push_launches  launches, and those that a push started
-- cluster_no, profile     the cluster that it is about
-- days                 $clusters_behaviour_days
--
-- Parameters: $clusters_behaviour_days, $clusters_behaviour_largest, $least_customers.
with chosen as (
    select k, silhouette, largest_share, customers
    from clusters_behaviour_quality
    where chosen
),

sums as (
    select
        count(*) as known,
        (select count(*) from chosen) as found,
        coalesce(sum(launches_count), 0) as launches,
        coalesce(sum(push_count), 0) as push_launches
    from clusters_behaviour_known
),

liveliest as (
    select cluster_no, profile, customers, customer_share
    from clusters_behaviour_profile
    where (select count(*) from clusters_behaviour_profile) > 1
    order by actions_each desc, cluster_no
    limit 1
),

sentences as (
    select
        case when known < $least_customers or found = 0 then 'left_out' else 'answer' end as place,
        1 as position,
        case
            when known < $least_customers or found = 0 then 'clusters_behaviour.few'
            when chosen.largest_share > $clusters_behaviour_largest then 'clusters_behaviour.answer.lopsided'
            when chosen.silhouette < 0.25 then 'clusters_behaviour.answer.blurred'
            when chosen.silhouette < 0.5 then 'clusters_behaviour.answer.weak'
            else 'clusters_behaviour.answer.apart'
        end as word,
        chosen.k,
        chosen.silhouette,
        known as customers,
        chosen.largest_share as share,
        cast(null as bigint) as launches,
        cast(null as bigint) as push_launches,
        cast(null as bigint) as cluster_no,
        cast(null as varchar) as profile
    from sums
    left join chosen on true
    union all
    select 'note', 2, 'clusters_behaviour.note.liveliest', null, null, customers, customer_share as share, null, null, cluster_no, profile
    from liveliest
    union all
    select
        'note', 3, 'clusters_behaviour.note.push', null, null, known as customers,
        cast(push_launches as double) / launches as share, launches, push_launches, null, null
    from sums
    where launches > 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'clusters_behaviour_profile' as step,
    k,
    silhouette,
    customers,
    share,
    launches,
    push_launches,
    cluster_no,
    profile,
    cast($clusters_behaviour_days as bigint) as days
from sentences
order by position
