-- Grain: one row per figure; columns as in headline.sql, but for changes and usual ranges.
--
-- Parameters: none.
-- Revenue of the last 12 months of card holders, and of all. Earlier ones where history covers 365 days up to then.
with sums as (
    select
        'now' as time,
        coalesce(sum(revenue) filter (where tier_order > 0), 0) as of_cards,
        sum(revenue) as of_all
    from membership_counts
    union all
    select
        'before' as time,
        coalesce(sum(revenue) filter (where tier_order > 0), 0) as of_cards,
        sum(revenue) as of_all
    from previous.membership_counts
    cross join previous.periods as covered
    where covered.history_days >= 365
    union all
    select
        'year_ago' as time,
        coalesce(sum(revenue) filter (where tier_order > 0), 0) as of_cards,
        sum(revenue) as of_all
    from year_ago.membership_counts
    cross join year_ago.periods as covered
    where covered.history_days >= 365
),

shares as (
    select
        time,
        case
            when of_all > 0 then cast(cast(of_cards as double) / cast(of_all as double) as decimal(38, 6))
        end as share
    from sums
)

select
    'card_revenue' as figure,
    cast(7 as bigint) as position,
    'share' as unit,
    true as up_is_good,
    'membership_counts' as step,
    max(share) filter (where time = 'now') as now,
    max(share) filter (where time = 'before') as before,
    max(share) filter (where time = 'year_ago') as year_ago
from shares
