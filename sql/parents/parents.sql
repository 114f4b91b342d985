-- Grain: one row per measure of dependence: of customers as they are, and rolled up to their groups. None where there is no
-- customer.
--
-- measure          top1, top5, top10: share of revenue of the largest; top20: of the best fifth; gini, hhi
-- customers        of the customers, as in pareto; NULL where revenue is not above zero
-- groups           of the groups
-- groups_year_ago  the same a year ago, with the groups of today; NULL where history does not reach
-- difference       groups less customers
-- unit, difference_unit  how the figures, and the difference, are written
--
-- Parameters: none.
with whole as (
    select * from pareto where basis = 'revenue'
),

reached as (
    -- A distribution of NULLs is NULL, and so are all figures of it.
    select
        parents_amounts.revenue,
        case when whole.members_year_ago is not null then parents_amounts.revenue_year_ago end as revenue_year_ago
    from parents_amounts
    cross join whole
),

spans as (
    select
        distribution(cast(revenue as decimal(38, 6))) as now,
        distribution(cast(revenue_year_ago as decimal(38, 6))) as earlier
    from reached
),

figures as (
    select spans.now, spans.earlier, whole.*
    from spans
    cross join whole
),

shares as (
    select
        *,
        case when now['total'] > 0 then cast(now['total'] as double) end as base,
        case when earlier['total'] > 0 then cast(earlier['total'] as double) end as earlier_base
    from figures
),

measures as (
    select
        1 as position,
        'top1' as measure,
        cast(top1_amount as double) / base as customers,
        cast(top_sum(now, 1) as double) / base as groups,
        cast(top_sum(earlier, 1) as double) / earlier_base as groups_year_ago,
        'share' as unit
    from shares
    union all
    select
        2,
        'top5',
        cast(top5_amount as double) / base,
        cast(top_sum(now, 5) as double) / base,
        cast(top_sum(earlier, 5) as double) / earlier_base,
        'share'
    from shares
    union all
    select
        3,
        'top10',
        cast(top10_amount as double) / base,
        cast(top_sum(now, 10) as double) / base,
        cast(top_sum(earlier, 10) as double) / earlier_base,
        'share'
    from shares
    union all
    select 4, 'top20', top20_share, top_share(now, 0.2), top_share(earlier, 0.2), 'share' from shares
    union all
    select 5, 'gini', gini, gini(now), gini(earlier), 'number.3' from shares
    union all
    select 6, 'hhi', hhi, hhi(now), hhi(earlier), 'number.4' from shares
)

select
    measure,
    customers,
    groups,
    groups - customers as difference,
    groups_year_ago,
    unit,
    case unit when 'share' then 'points' else unit end as difference_unit
from measures
order by position
