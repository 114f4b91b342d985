-- Grain: one row per month, counted back from $as_of, the oldest first, 13 at most; only days before which history has
-- $new_goods_days.
--
-- day            the last day that counts: $as_of, and so many months before it
-- new_revenue    money of the last $new_goods_days up to it, of goods launched within them
-- revenue        all money of these days
-- ratio          new_revenue / revenue; NULL where that is not above zero. The last one is revenue_share of new_goods_windows for a
--                year, if $new_goods_days is 365
--
-- Parameters: $as_of, $new_goods_days.
with spans (back) as (
    values
    (interval '0 months'), (interval '1 month'), (interval '2 months'), (interval '3 months'), (interval '4 months'),
    (interval '5 months'), (interval '6 months'), (interval '7 months'), (interval '8 months'), (interval '9 months'),
    (interval '10 months'), (interval '11 months'), (interval '12 months')
),

anchors as (
    select cast(cast($as_of as date) - back as date) as day from spans
),

covered as (
    select anchors.day
    from anchors
    cross join periods
    where anchors.day - periods.history_start + 1 >= $new_goods_days
),

sums as (
    select
        covered.day,
        sum(new_goods_ratio_days.revenue) as revenue,
        sum(new_goods_ratio_days.revenue) filter (
            where
                new_goods_ratio_days.launched_on <= covered.day
                and covered.day - new_goods_ratio_days.launched_on < $new_goods_days
        ) as new_revenue
    from covered
    left join new_goods_ratio_days
        on new_goods_ratio_days.day <= covered.day and covered.day - new_goods_ratio_days.day < $new_goods_days
    group by covered.day
)

select
    day,
    coalesce(new_revenue, 0) as new_revenue,
    coalesce(revenue, 0) as revenue,
    case when revenue > 0 then cast(coalesce(new_revenue, 0) as double) / cast(revenue as double) end as ratio
from sums
order by day
