-- Grain: one row per measure of concentration.
--
-- measure        top20, vip (the best 5 %), for80 (those who bring 80 %), gini, hhi, top1, top5, top10
-- measured       double, of the last 365 days; NULL where revenue is not above zero in total
-- a_year_ago     the same a year ago; NULL where history does not cover those 365 days
-- to_date        the same of all history
-- unit           how it is written: share, or a number with so many decimals
-- rule_of_thumb  the measure with the rule of thumb that it is often compared with; NULL where there is none
--
-- Parameters: none.
with measures (measure, position, unit) as (
    values
    ('top20', 1, 'share'),
    ('vip', 2, 'share'),
    ('for80', 3, 'share'),
    ('gini', 4, 'number.3'),
    ('hhi', 5, 'number.4'),
    ('top1', 6, 'share'),
    ('top5', 7, 'share'),
    ('top10', 8, 'share')
),

spans as (
    select
        'now' as span,
        top20_share,
        vip_share,
        customers_for_80_share,
        gini,
        hhi,
        top1_share,
        top5_share,
        top10_share
    from concentration
    union all
    select
        'year_ago' as span,
        earlier.top20_share,
        earlier.vip_share,
        earlier.customers_for_80_share,
        earlier.gini,
        earlier.hhi,
        earlier.top1_share,
        earlier.top5_share,
        earlier.top10_share
    from year_ago.concentration as earlier
    cross join year_ago.periods as covered
    where covered.history_days >= 365
    union all
    select
        'to_date' as span,
        top20_share,
        vip_share,
        customers_for_80_share,
        gini,
        hhi,
        top1_share,
        top5_share,
        top10_share
    from concentration_to_date
),

figures as (
    select
        spans.span,
        measures.measure,
        case measures.measure
            when 'top20' then spans.top20_share
            when 'vip' then spans.vip_share
            when 'for80' then spans.customers_for_80_share
            when 'gini' then spans.gini
            when 'hhi' then spans.hhi
            when 'top1' then spans.top1_share
            when 'top5' then spans.top5_share
            else spans.top10_share
        end as figure
    from spans
    cross join measures
)

select
    measures.measure,
    max(figures.figure) filter (where figures.span = 'now') as measured,
    max(figures.figure) filter (where figures.span = 'year_ago') as a_year_ago,
    max(figures.figure) filter (where figures.span = 'to_date') as to_date,
    measures.unit,
    case when measures.measure in ('top20', 'for80') then measures.measure end as rule_of_thumb
from measures
inner join figures on measures.measure = figures.measure
group by measures.measure, measures.position, measures.unit
order by measures.position
