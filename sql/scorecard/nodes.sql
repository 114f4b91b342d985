-- Grain: one row per measure of a card, of the period and of the one before.
--
-- time, scorecard, subject, measure, parent, weight, target, direction, actual  as in scorecard_rows
-- perspective  of the topmost measure above it, or its own
-- is_leaf      whether no other measure is below it
-- is_top       whether it stands for a perspective itself: it has the perspective's name and no parent
-- siblings     weights of all with the same parent together
-- level        1 to 3 below the perspective; 0 for a row that stands for the perspective
-- above_1, above_2  the measures above it, the upper one first; NULL without one
-- weight_overall  its part of 100: the shares of weight along its path, multiplied; NULL where they are not known
-- orphan       whether the parent of it, or of one above, is not in the card
-- too_deep     whether it lies below the third level, or above itself
--
-- Parameters: none.
with first_rows as (
    select * from scorecard_rows where number = 1
),

sums as (
    select time, scorecard, subject, parent, sum(weight) as siblings
    from first_rows
    group by time, scorecard, subject, parent
),

weighed as (
    select
        first_rows.*,
        sums.siblings,
        first_rows.parent is null and first_rows.measure = first_rows.perspective as is_top,
        case when sums.siblings > 0 then cast(first_rows.weight as double) / cast(sums.siblings as double) end as part
    from first_rows
    inner join sums
        on first_rows.time = sums.time
        and first_rows.scorecard = sums.scorecard
        and first_rows.subject = sums.subject
        and first_rows.parent is not distinct from sums.parent
),

parents as (
    select distinct time, scorecard, subject, parent from first_rows where parent is not null
),

climbed as (
    select
        own.*,
        a.measure as measure_a, a.parent as parent_a, a.part as part_a, a.is_top as top_a, a.perspective as perspective_a,
        b.measure as measure_b, b.parent as parent_b, b.part as part_b, b.is_top as top_b, b.perspective as perspective_b,
        c.measure as measure_c, c.parent as parent_c, c.part as part_c, c.is_top as top_c, c.perspective as perspective_c,
        parents.parent is null as is_leaf
    from weighed as own
    left join weighed as a
        on own.time = a.time and own.scorecard = a.scorecard and own.subject = a.subject and own.parent = a.measure
    left join weighed as b
        on a.time = b.time and a.scorecard = b.scorecard and a.subject = b.subject and a.parent = b.measure
    left join weighed as c
        on b.time = c.time and b.scorecard = c.scorecard and b.subject = c.subject and b.parent = c.measure
    left join parents
        on own.time = parents.time and own.scorecard = parents.scorecard and own.subject = parents.subject and own.measure = parents.parent
)

select
    time,
    scorecard,
    subject,
    coalesce(perspective_c, perspective_b, perspective_a, perspective) as perspective,
    measure,
    parent,
    weight,
    siblings,
    target,
    direction,
    actual,
    is_leaf,
    is_top,
    case when is_top then 0 else 1 end
    + case when measure_a is not null and not top_a then 1 else 0 end
    + case when measure_b is not null and not top_b then 1 else 0 end
    + case when measure_c is not null and not top_c then 1 else 0 end as level,
    case when not top_c then measure_c when not top_b then measure_b when not top_a then measure_a end as above_1,
    case when not top_c then measure_b when not top_b then measure_a end as above_2,
    part * coalesce(part_a, 1) * coalesce(part_b, 1) * coalesce(part_c, 1) * 100 as weight_overall,
    (parent is not null and measure_a is null)
    or (parent_a is not null and measure_b is null)
    or (parent_b is not null and measure_c is null) as orphan,
    parent_c is not null or (measure_c is not null and not top_c) as too_deep
from climbed
