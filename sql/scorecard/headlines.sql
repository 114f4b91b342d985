-- Grain: one row per headline indicator of the main card: the $scorecard_headline measures with the most weight that have an actual,
-- the heaviest first.
--
-- perspective, measure, unit, written, direction, target, actual, actual_from, attained, missing, weight  as in scorecard_leaves
-- actual_before  one period earlier
-- gap            actual less target
--
-- Parameters: $scorecard_headline.
with leaves as (
    select
        now.*,
        before.actual as actual_before,
        row_number() over (order by cast(now.weight as decimal(18, 6)) desc nulls last, now.perspective, now.measure) as place
    from scorecard_leaves as now
    inner join scorecard as cards on now.scorecard = cards.scorecard and now.subject = cards.subject
    left join scorecard_leaves as before
        on before.time = 'before'
        and now.scorecard = before.scorecard
        and now.subject = before.subject
        and now.measure = before.measure
    where now.time = 'now' and cards.main and now.attained is not null
)

select
    perspective,
    measure,
    unit,
    written,
    direction,
    target,
    actual,
    actual - target as gap,
    actual_before,
    actual_from,
    attained,
    weight
from leaves
where place <= $scorecard_headline
order by place
