-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- card, subject      the card that it speaks of
-- score, before, change  its score, the one before, and by how much it changed
-- measure, perspective, lost, share  what loses most: points, and their share of what its perspective loses
-- missing, weight    measures without a judgement, and their weight of 100
-- faults             faults that take the score away
-- place_of, value    where a fault lies, and the sum of weights there
-- cards, highest, lowest  other cards with a score, and their scores
-- perspectives       perspectives of the card
-- since, latest      the period asked for, and the latest that the source has targets for
--
-- Parameters: $period_start.
with main as (
    select * from scorecard where main
),

weakest as (
    select * from scorecard_weak where main and weak_rank = 1
),

unjudged as (
    select count(*) as missing, cast(sum(cast(leaves.weight as decimal(18, 9))) as double) as weight
    from scorecard_leaves as leaves
    inner join main on leaves.scorecard = main.scorecard and leaves.subject = main.subject
    where leaves.time = 'now' and leaves.attained is null
),

others as (
    select count(*) as cards, max(score) as highest, min(score) as lowest
    from scorecard
    where not main and score is not null
),

-- How many there are of each; a row where there is none.
counts as (
    select cards.cards, aims.aims, aims.latest, weak.weak
    from (select count(*) as cards from scorecard) as cards
    cross join (select count(*) as aims, max(cast(period_start as date)) as latest from targets) as aims
    cross join (select count(*) as weak from weakest) as weak
),

faults as (
    select
        scorecard_faults.scorecard,
        scorecard_faults.subject,
        scorecard_faults.fault,
        scorecard_faults.place as measure,
        scorecard_faults.value,
        row_number() over (
            order by
                case when main.scorecard is null then 2 else 1 end,
                scorecard_faults.scorecard,
                scorecard_faults.subject,
                scorecard_faults.fault,
                scorecard_faults.place
        ) as number
    from scorecard_faults
    left join main on scorecard_faults.scorecard = main.scorecard and scorecard_faults.subject = main.subject
    where no_score
),

sentences as (
    select 'left_out' as place, 1 as position, 'scorecard.none' as word, 'scorecard' as step, cast(null as varchar) as place_of,
        cast(null as double) as value, cast(null as varchar) as card, cast(null as varchar) as subject
    from counts
    where cards = 0 and aims > 0
    union all
    select 'left_out', 1, 'scorecard.empty', 'scorecard', null, null, null, null
    from counts
    where cards = 0 and aims = 0
    union all
    select
        'answer', 1,
        case
            when faults > 0 then 'scorecard.answer.faulty'
            when score is null then 'scorecard.answer.unjudged'
            when score_before is null then 'scorecard.answer.alone'
            -- As it is printed.
            when round(score, 1) > round(score_before, 1) then 'scorecard.answer.rose'
            when round(score, 1) < round(score_before, 1) then 'scorecard.answer.fell'
            else 'scorecard.answer.same'
        end,
        'scorecard', null, null, scorecard, subject
    from main
    union all
    select
        'note', 2,
        case
            when weakest.perspective_share > 0.9995 then 'scorecard.note.weakest_alone'
            else 'scorecard.note.weakest'
        end,
        'scorecard_weak', null, null, scorecard, subject
    from weakest
    union all
    select 'note', 2, 'scorecard.note.nothing_lost', 'scorecard', null, null, scorecard, subject
    from main
    cross join counts
    where score is not null and counts.weak = 0
    union all
    select 'note', 3, 'scorecard.note.unjudged', 'scorecard_leaves', null, null, main.scorecard, main.subject
    from main
    cross join unjudged
    where main.score is not null and unjudged.missing > 0
    union all
    -- The first three by name; all are in the table.
    select
        'note', 4,
        case
            when fault = 'weights' and measure is null then 'scorecard.note.weights_top'
            else concat('scorecard.note.', fault)
        end,
        'scorecard_faults', measure, value, scorecard, subject
    from faults
    where number <= 3
    union all
    select
        'note', 5,
        case when cards = 1 then 'scorecard.note.other' else 'scorecard.note.others' end,
        'scorecard', null, null, null, null
    from others
    where cards > 0
    union all
    select 'behind', 6, 'scorecard.note.perspectives', 'scorecard', null, null, scorecard, subject
    from main
    where perspectives <> 4 and measures > 0
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    sentences.step,
    sentences.card,
    sentences.subject,
    main.score,
    main.score_before as before,
    -- As the two are printed; the sentence says the direction.
    abs(round(main.score, 1) - round(main.score_before, 1)) as change,
    weakest.measure,
    weakest.perspective,
    weakest.lost,
    weakest.perspective_share as share,
    unjudged.missing,
    unjudged.weight,
    main.faults,
    sentences.place_of,
    sentences.value,
    others.cards,
    others.highest,
    others.lowest,
    main.perspectives,
    cast($period_start as date) as since,
    counts.latest
from sentences
cross join unjudged
cross join others
cross join counts
left join main on true
left join weakest on true
order by sentences.position, sentences.card, sentences.subject, sentences.word, sentences.place_of
