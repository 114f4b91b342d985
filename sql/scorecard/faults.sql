-- Grain: one row per fault of the cards of the period, card by card.
--
-- scorecard, subject
-- fault     weights: weights below a measure, or at the top, do not sum to 100; no_weight: a weight is missing or below zero; twice: a
--           measure stands in the card more than once; no_parent: the parent is not in the card; too_deep: below the third level, or above
--           itself; direction: neither up nor down; no_target
-- place     the measure; of weights the one above, NULL: the top
-- value     of weights: their sum
-- no_score  whether the card has no score for it; otherwise the measure is left out
--
-- Parameters: $scorecard_within.
-- $scorecard_within must be a number of 0 or more
with found as (
    select distinct scorecard, subject, 'weights' as fault, parent as place, cast(siblings as double) as value, true as no_score
    from scorecard_nodes
    where time = 'now' and (siblings is null or abs(siblings - 100) > cast($scorecard_within as decimal(18, 6)))
    union all
    select scorecard, subject, 'no_weight', measure, null, true
    from scorecard_nodes
    where time = 'now' and (weight is null or weight < 0)
    union all
    select distinct scorecard, subject, 'twice', measure, null, true
    from scorecard_rows
    where time = 'now' and number > 1
    union all
    select scorecard, subject, 'no_parent', measure, null, true
    from scorecard_nodes
    where time = 'now' and orphan
    union all
    select scorecard, subject, 'too_deep', measure, null, true
    from scorecard_nodes
    where time = 'now' and too_deep
    union all
    select scorecard, subject, 'no_target', measure, null, false
    from scorecard_nodes
    where time = 'now' and is_leaf and target is null
    union all
    select scorecard, subject, 'direction', measure, null, false
    from scorecard_nodes
    where time = 'now' and is_leaf and target is not null and coalesce(direction not in ('up', 'down'), true)
)

select scorecard, subject, fault, place, value, no_score
from found
order by scorecard, subject, case when no_score then 1 else 2 end, fault, place
