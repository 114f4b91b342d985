-- Grain: one row per measure without others below it, of the cards of the period and of the one before.
--
-- time, scorecard, subject, perspective, above_1, above_2, measure, direction, target  as in scorecard_nodes
-- weight           its part of the card's 100 points, along its path
-- actual           of the source, else the product's own figure of this name for this subject
-- actual_from      source, or the table of the figure; NULL without one
-- unit             of target and actual: that of the own figure of this name, else number
-- written          how the page writes them
-- rule             how it was judged: ratio: actual / target, downwards target / actual; reached: of a target of zero or less, whether
--                  actual has reached it; NULL where it is not judged
-- attained         0 to $scorecard_cap; NULL where it is not judged
-- missing          why not: no_target, direction, no_actual; NULL where it is
-- counted          weight × 100 / weight of all judged measures of the card: these are all of its points
-- points, lost     counted × attained, and counted less that; NULL where it is not judged or the card has no score
--
-- Parameters: $scorecard_whole, $scorecard_cap, $scorecard_within.
-- $scorecard_cap must be a number of 1 or more
with figures as (
    select
        measure,
        subject,
        first_value(value order by step) as value,
        first_value(before order by step) as before,
        first_value(unit order by step) as unit,
        min(step) as step
    from scorecard_measures
    group by measure, subject
),

units as (
    select measure, min(unit) as unit from figures group by measure
),

-- A card with a fault that takes its score away, at either time.
faulty as (
    select distinct time, scorecard, subject
    from scorecard_nodes
    where
        siblings is null
        or abs(siblings - 100) > cast($scorecard_within as decimal(18, 6))
        or weight is null
        or weight < 0
        or orphan
        or too_deep
    union
    select distinct time, scorecard, subject from scorecard_rows where number > 1
),

found as (
    select
        nodes.*,
        coalesce(
            nodes.actual,
            case when nodes.time = 'now' then figures.value else figures.before end
        ) as figure,
        case
            when nodes.actual is not null then 'source'
            when case when nodes.time = 'now' then figures.value else figures.before end is not null then figures.step
        end as actual_from,
        coalesce(units.unit, 'number') as unit
    from scorecard_nodes as nodes
    left join figures
        on nodes.measure = figures.measure
        and (
            figures.subject = nodes.subject
            or (figures.subject is null and array_has($scorecard_whole, nodes.subject))
        )
    left join units on nodes.measure = units.measure
    where nodes.is_leaf
),

judged as (
    select
        found.*,
        case
            when target is null then 'no_target'
            when coalesce(direction not in ('up', 'down'), true) then 'direction'
            when figure is null then 'no_actual'
        end as missing,
        case
            when direction = 'up' and target > 0
                then greatest(least(cast(figure as double) / cast(target as double), cast($scorecard_cap as double)), 0)
            when direction = 'down' and target > 0
                then case
                    when figure <= 0 then cast($scorecard_cap as double)
                    else least(cast(target as double) / cast(figure as double), cast($scorecard_cap as double))
                end
            when direction = 'up' then cast(case when figure >= target then 1 else 0 end as double)
            when direction = 'down' then cast(case when figure <= target then 1 else 0 end as double)
        end as share
    from found
),

known as (
    select
        judged.*,
        case when missing is null then share end as attained,
        faulty.time is null as sound,
        sum(case when missing is null then cast(weight_overall as decimal(18, 9)) end) over (
            partition by judged.time, judged.scorecard, judged.subject
        ) as weight_known
    from judged
    left join faulty
        on judged.time = faulty.time and judged.scorecard = faulty.scorecard and judged.subject = faulty.subject
),

counted as (
    select
        known.*,
        case
            when sound and attained is not null and weight_known > 0
                then weight_overall * 100 / cast(weight_known as double)
        end as counted
    from known
)

select
    time,
    scorecard,
    subject,
    perspective,
    above_1,
    above_2,
    measure,
    direction,
    case when sound then weight_overall end as weight,
    target,
    figure as actual,
    actual_from,
    unit,
    case unit when 'number' then 'number.2' when 'days' then 'number.1' else unit end as written,
    case when attained is not null then case when target > 0 then 'ratio' else 'reached' end end as rule,
    attained,
    missing,
    counted,
    counted * attained as points,
    counted * (1 - attained) as lost
from counted
order by case time when 'now' then 1 else 2 end, scorecard, subject, perspective, above_1, above_2, measure
