-- Grain: one row per customer whose shares do not sum to 1 on a day with money in the period, or on its last day; those without an
-- account manager are not here. The most money first.
--
-- customer_id
-- managers      who has a share on such a day, with commas
-- days          days with money on which it does not sum to 1
-- least, most   the smallest and the largest sum
-- revenue       money of these days
-- credited      of it, credited to account managers; more than revenue where shares sum to more than 1
-- uncredited    revenue less credited
--
-- Parameters: $period_end, $manager_scores_share_within.
-- $manager_scores_share_within must be a number of 0 or more
with sums as (
    select customer_id, day, shares, revenue
    from manager_scores_days
    where time = 'now'
    union all
    select customer_id, cast($period_end as date) as day, sum(share) as shares, 0 as revenue
    from manager_scores_held
    where cast($period_end as date) between from_day and to_day
    group by customer_id
),

wrong as (
    select
        customer_id,
        day,
        shares,
        cast(revenue as decimal(28, 6)) as revenue,
        cast(cast(revenue as decimal(28, 6)) * cast(shares as decimal(10, 9)) as decimal(38, 9)) as credited
    from sums
    where shares <> 0 and abs(shares - 1) > cast($manager_scores_share_within as double)
),

named as (
    select wrong.customer_id, array_to_string(array_sort(array_agg(distinct held.account_manager)), ', ') as managers
    from wrong
    inner join manager_scores_held as held
        on wrong.customer_id = held.customer_id and wrong.day between held.from_day and held.to_day
    group by wrong.customer_id
)

select
    wrong.customer_id,
    max(named.managers) as managers,
    count(distinct case when wrong.revenue <> 0 then wrong.day end) as days,
    min(wrong.shares) as least,
    max(wrong.shares) as most,
    cast(sum(wrong.revenue) as decimal(38, 6)) as revenue,
    cast(sum(wrong.credited) as decimal(38, 6)) as credited,
    cast(sum(wrong.revenue) - sum(wrong.credited) as decimal(38, 6)) as uncredited
from wrong
inner join named on wrong.customer_id = named.customer_id
group by wrong.customer_id
order by revenue desc, wrong.customer_id
