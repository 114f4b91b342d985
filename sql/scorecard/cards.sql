-- Grain: one row per card of the period.
--
-- scorecard, subject
-- main           whether the pictures and the answer are of this card: the first of the whole shop, else the first of all
-- score          points, of 100; NULL where a fault takes it away or nothing can be judged
-- weight_known   weight of the measures that are judged, of 100; NULL where a fault takes it away
-- measures       measures without others below them
-- judged         of these, judged
-- perspectives   how many there are
-- faults         faults that take the score away
-- score_before   one period earlier; change: the difference of the two as they are printed, to one
--                decimal; both NULL where other measures were judged then
--
-- Parameters: $scorecard_whole.
with summed as (
    select
        time,
        scorecard,
        subject,
        cast(sum(cast(points as decimal(18, 9))) as double) as score,
        cast(sum(case when attained is not null then cast(weight as decimal(18, 9)) end) as double) as weight_known,
        count(*) as measures,
        count(attained) as judged,
        count(distinct perspective) as perspectives,
        array_to_string(array_sort(array_agg(case when points is not null then measure end)), '|') as names
    from scorecard_leaves
    group by time, scorecard, subject
),

faults as (
    select scorecard, subject, count(*) as faults from scorecard_faults where no_score group by scorecard, subject
),

cards as (
    select scorecard, subject from scorecard_rows where time = 'now' group by scorecard, subject
),

told as (
    select
        cards.scorecard,
        cards.subject,
        now.score,
        now.weight_known,
        coalesce(now.measures, 0) as measures,
        coalesce(now.judged, 0) as judged,
        coalesce(now.perspectives, 0) as perspectives,
        coalesce(faults.faults, 0) as faults,
        case when now.score is not null and now.names = before.names then before.score end as score_before,
        row_number() over (
            order by case when array_has($scorecard_whole, cards.subject) then 1 else 2 end, cards.scorecard, cards.subject
        ) as place
    from cards
    left join summed as now
        on now.time = 'now' and cards.scorecard = now.scorecard and cards.subject = now.subject
    left join summed as before
        on before.time = 'before' and cards.scorecard = before.scorecard and cards.subject = before.subject
    left join faults on cards.scorecard = faults.scorecard and cards.subject = faults.subject
)

select
    scorecard,
    subject,
    place = 1 as main,
    score,
    score_before,
    round(score, 1) - round(score_before, 1) as change,
    weight_known,
    measures,
    judged,
    perspectives,
    faults
from told
order by place
