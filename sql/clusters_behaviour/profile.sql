-- Grain: one row per cluster, the one with the most customers first.
--
-- cluster_no       number
-- profile          what its centre is like, the first that holds of:
--                  unread     messages or news received $clusters_behaviour_far or more above the mean, actions below it
--                  pushed     share of launches by push likewise
--                  readers    news viewed likewise
--                  doers      function visits likewise
--                  frequent   launches likewise
--                  seldom     actions so far below
--                  middle     none of these
-- customers, all_customers, customer_share  in the cluster, in all, and the quotient
-- launches, push_launches, push_share       launches; of these started by a push; the quotient
-- news, viewed, viewed_share                news received, viewed; viewed / received, which can be above 1
-- actions, messages, tabs, functions        events
-- actions_each                              actions / customers
-- buyers, revenue, revenue_each             with an order in the last 365 days; money of these days; money / customers
--
-- Parameters: $clusters_behaviour_far.
-- $clusters_behaviour_far must be a number above 0
with centres as (
    select
        cluster_no,
        coalesce(max(standardised) filter (where feature = 'actions'), 0) as actions,
        coalesce(max(standardised) filter (where feature = 'launches'), 0) as launches,
        coalesce(max(standardised) filter (where feature = 'messages'), 0) as messages,
        coalesce(max(standardised) filter (where feature = 'push_share'), 0) as push_share,
        coalesce(max(standardised) filter (where feature = 'functions'), 0) as functions,
        coalesce(max(standardised) filter (where feature = 'news'), 0) as news,
        coalesce(max(standardised) filter (where feature = 'viewed'), 0) as viewed
    from clusters_behaviour_centroids
    group by cluster_no
),

members as (
    select
        clusters_behaviour.cluster_no,
        count(*) as customers,
        sum(known.launches_count) as launches,
        sum(known.push_count) as push_launches,
        sum(known.news_count) as news,
        sum(known.viewed_count) as viewed,
        sum(known.actions_count) as actions,
        sum(known.messages_count) as messages,
        sum(known.tabs_count) as tabs,
        sum(known.functions_count) as functions,
        count(*) filter (where customer_summary.orders_12m > 0) as buyers,
        coalesce(sum(customer_summary.revenue_12m), 0) as revenue
    from clusters_behaviour
    inner join clusters_behaviour_known as known on clusters_behaviour.customer_id = known.customer_id
    left join customer_summary on clusters_behaviour.customer_id = customer_summary.customer_id
    where clusters_behaviour.cluster_no is not null
    group by clusters_behaviour.cluster_no
),

totals as (
    select sum(customers) as customers
    from members
)

select
    members.cluster_no,
    case
        when greatest(centres.messages, centres.news) >= $clusters_behaviour_far and centres.actions < 0 then 'unread'
        when centres.push_share >= $clusters_behaviour_far then 'pushed'
        when centres.viewed >= $clusters_behaviour_far then 'readers'
        when centres.functions >= $clusters_behaviour_far then 'doers'
        when centres.launches >= $clusters_behaviour_far then 'frequent'
        when centres.actions <= -$clusters_behaviour_far then 'seldom'
        else 'middle'
    end as profile,
    members.customers,
    totals.customers as all_customers,
    cast(members.customers as double) / totals.customers as customer_share,
    members.launches,
    members.push_launches,
    case when members.launches > 0 then cast(members.push_launches as double) / members.launches end as push_share,
    members.news,
    members.viewed,
    case when members.news > 0 then cast(members.viewed as double) / members.news end as viewed_share,
    members.actions,
    members.messages,
    members.tabs,
    members.functions,
    cast(members.actions as double) / members.customers as actions_each,
    members.buyers,
    members.revenue,
    cast(round(members.revenue / members.customers, 2) as decimal(38, 2)) as revenue_each
from members
inner join centres on members.cluster_no = centres.cluster_no
cross join totals
order by members.cluster_no
