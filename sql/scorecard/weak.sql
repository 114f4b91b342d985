-- Grain: one row per measure of a card of the period that loses points, the main card first, the most points first: what costs which
-- perspective how much.
--
-- scorecard, subject, main
-- weak_rank     1 loses most, within the card
-- perspective, above_1, above_2, measure  the path from the top to the measure
-- target, actual, unit, written, direction, attained  as in scorecard_leaves
-- actual_before, attained_before  one period earlier; NULL where it was not judged
-- weight        as in scorecard_leaves
-- lost          points of 100
-- lost_share    of all points that the card loses
-- perspective_lost  points that the perspective loses; perspective_share: the part of this measure in it
--
-- Parameters: none.
with leaves as (
    select
        now.*,
        before.actual as actual_before,
        before.attained as attained_before,
        sum(cast(now.lost as decimal(18, 9))) over (partition by now.scorecard, now.subject) as card_lost,
        sum(cast(now.lost as decimal(18, 9))) over (partition by now.scorecard, now.subject, now.perspective) as perspective_lost
    from scorecard_leaves as now
    left join scorecard_leaves as before
        on before.time = 'before'
        and now.scorecard = before.scorecard
        and now.subject = before.subject
        and now.measure = before.measure
    where now.time = 'now'
)

select
    leaves.scorecard,
    leaves.subject,
    cards.main,
    -- Of equal ones, as they are printed, the first by name.
    row_number() over (
        partition by leaves.scorecard, leaves.subject order by cast(leaves.lost as decimal(18, 6)) desc, leaves.measure
    ) as weak_rank,
    leaves.perspective,
    leaves.above_1,
    leaves.above_2,
    leaves.measure,
    leaves.unit,
    leaves.written,
    leaves.direction,
    leaves.target,
    leaves.actual,
    leaves.actual_before,
    leaves.attained,
    leaves.attained_before,
    leaves.weight,
    leaves.lost,
    leaves.lost / cast(leaves.card_lost as double) as lost_share,
    cast(leaves.perspective_lost as double) as perspective_lost,
    leaves.lost / cast(leaves.perspective_lost as double) as perspective_share
from leaves
inner join scorecard as cards on leaves.scorecard = cards.scorecard and leaves.subject = cards.subject
where leaves.lost > 0.0000005
order by case when cards.main then 1 else 2 end, leaves.scorecard, leaves.subject, weak_rank
