-- Grain: one row per card of the period and perspective, the main card first.
--
-- scorecard, subject, main, perspective
-- weight       its part of the card's 100; NULL where a fault takes the card's score away
-- counted      its part of the points that can be reached: 100 for all measures that are judged
-- points, lost of it
-- score        points / counted × 100; NULL where nothing of it is judged
-- score_before one period earlier; NULL where it is not known
-- measures, judged  measures without others below them, and how many of these are judged
-- lost_share   of the points that the card loses; NULL where it loses none
--
-- Parameters: none.
with summed as (
    select
        time,
        scorecard,
        subject,
        perspective,
        cast(sum(cast(weight as decimal(18, 9))) as double) as weight,
        cast(sum(cast(counted as decimal(18, 9))) as double) as counted,
        cast(sum(cast(points as decimal(18, 9))) as double) as points,
        cast(sum(cast(lost as decimal(18, 9))) as double) as lost,
        count(*) as measures,
        count(attained) as judged,
        array_to_string(array_sort(array_agg(case when points is not null then measure end)), '|') as names
    from scorecard_leaves
    group by time, scorecard, subject, perspective
)

select
    now.scorecard,
    now.subject,
    cards.main,
    now.perspective,
    now.weight,
    now.counted,
    now.points,
    now.lost,
    now.points / nullif(now.counted, 0) * 100 as score,
    case when now.names = before.names then before.points / nullif(before.counted, 0) * 100 end as score_before,
    now.measures,
    now.judged,
    now.lost / nullif(sum(now.lost) over (partition by now.scorecard, now.subject), 0) as lost_share
from summed as now
inner join scorecard as cards on now.scorecard = cards.scorecard and now.subject = cards.subject
left join summed as before
    on before.time = 'before'
    and now.scorecard = before.scorecard
    and now.subject = before.subject
    and now.perspective = before.perspective
where now.time = 'now'
order by
    case when cards.main then 1 else 2 end,
    now.scorecard,
    now.subject,
    case now.perspective when 'finance' then 1 when 'financial' then 1 when 'customer' then 2 when 'process' then 3 when 'learning' then 4 else 5 end,
    now.perspective
