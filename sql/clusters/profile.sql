-- Grain: one row per cluster, the one with the most customers first.
--
-- cluster_no        number
-- profile           what its centre is like, the first that holds of:
--                   returns     return share a standard deviation or more above the mean of all
--                   discounts   discount share likewise
--                   best        spend $clusters_far or more above, and recency not above the mean
--                   silent_best spend likewise, and recency above the mean
--                   starting    tenure $clusters_far or more below, and recency below the mean
--                   narrow      categories $clusters_far or more below, and recency not above the mean
--                   silent      recency $clusters_far or more above
--                   middle      none of these
-- customers, all_customers, customer_share  in the cluster, in all, and the quotient
-- revenue, all_revenue, revenue_share       money of 365 days; likewise, NULL where all is not above zero
-- revenue_each      money: revenue / customers, to two decimals
-- orders, orders_each  orders of 365 days, and orders / customers
-- recency_median    days since the last order: the median
-- tenure_median     days since the first order: the median
-- categories_each   categories bought / customers
-- discount, before_discount, discount_share  taken off; sales + discount; the quotient
-- returns, sales, return_share  money returned, sold; the quotient
-- near_other        customers who are nearly as near to another cluster: distance at least 0.9 of that to the next
-- near_other_share  of the customers
--
-- Parameters: $clusters_far.
-- $clusters_far must be a number above 0
with centres as (
    select
        cluster_no,
        coalesce(max(standardised) filter (where feature = 'recency'), 0) as recency,
        coalesce(max(standardised) filter (where feature = 'spend'), 0) as spend,
        coalesce(max(standardised) filter (where feature = 'categories'), 0) as categories,
        coalesce(max(standardised) filter (where feature = 'tenure'), 0) as tenure,
        coalesce(max(standardised) filter (where feature = 'discount_share'), 0) as discount_share,
        coalesce(max(standardised) filter (where feature = 'return_share'), 0) as return_share
    from clusters_centroids
    group by cluster_no
),

members as (
    select
        clusters.cluster_no,
        count(*) as customers,
        sum(known.revenue) as revenue,
        sum(known.orders) as orders,
        percentile(distribution(known.recency_days), 0.5) as recency_median,
        percentile(distribution(known.tenure_days), 0.5) as tenure_median,
        sum(known.bought) as bought,
        sum(known.discount) as discount,
        sum(known.returns) as returns,
        sum(known.sales) as sales,
        count(*) filter (where clusters.distance >= 0.9 * clusters.next_distance) as between_customers
    from clusters
    inner join clusters_known as known on clusters.customer_id = known.customer_id
    where clusters.cluster_no is not null
    group by clusters.cluster_no
),

totals as (
    select sum(customers) as customers, sum(revenue) as revenue
    from members
)

select
    members.cluster_no,
    case
        when centres.return_share >= 1 then 'returns'
        when centres.discount_share >= 1 then 'discounts'
        when centres.spend >= $clusters_far and centres.recency <= 0 then 'best'
        when centres.spend >= $clusters_far then 'silent_best'
        when centres.tenure <= -$clusters_far and centres.recency < 0 then 'starting'
        when centres.categories <= -$clusters_far and centres.recency <= 0 then 'narrow'
        when centres.recency >= $clusters_far then 'silent'
        else 'middle'
    end as profile,
    members.customers,
    totals.customers as all_customers,
    cast(members.customers as double) / totals.customers as customer_share,
    members.revenue,
    totals.revenue as all_revenue,
    case when totals.revenue > 0 then cast(members.revenue as double) / cast(totals.revenue as double) end as revenue_share,
    cast(round(members.revenue / members.customers, 2) as decimal(38, 2)) as revenue_each,
    members.orders,
    cast(members.orders as double) / members.customers as orders_each,
    members.recency_median,
    members.tenure_median,
    cast(members.bought as double) / members.customers as categories_each,
    members.discount,
    members.sales + members.discount as before_discount,
    case
        when members.sales + members.discount > 0
            then cast(members.discount as double) / cast(members.sales + members.discount as double)
    end as discount_share,
    members.returns,
    members.sales,
    case when members.sales > 0 then cast(members.returns as double) / cast(members.sales as double) end as return_share,
    members.between_customers as near_other,
    cast(members.between_customers as double) / members.customers as near_other_share
from members
inner join centres on members.cluster_no = centres.cluster_no
cross join totals
order by members.cluster_no
