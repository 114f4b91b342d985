-- Grain: one row per question with a score, the most answers first. $satisfaction_not are left out: their scores are no
-- ratings.
--
-- question  text
-- answers   rows with a score
-- lowest, highest  of these scores
-- scale     top of the scale: that of $survey_scales ('question=top'); else the least of 1, 5, 7, 10 and 100 that
--           no score is above; above 100 the highest score. Never below the highest score
-- basis     set, learned
--
-- Parameters: $as_of, $survey_scales, $satisfaction_not.
with asked as (
    select
        question,
        count(*) as answers,
        cast(min(score) as double) as lowest,
        cast(max(score) as double) as highest
    from surveys
    where
        day <= $as_of
        and customer_id is not null
        and score is not null
        and question is not null
        and not array_has($satisfaction_not, question)
    group by question
),

given as (
    select
        split_part(pair, '=', 1) as question,
        max(try_cast(split_part(pair, '=', 2) as double)) as top
    from (select unnest($survey_scales) as pair)
    group by 1
)

select
    asked.question,
    asked.answers,
    asked.lowest,
    asked.highest,
    case
        when given.top > 0 then greatest(given.top, asked.highest)
        when asked.highest <= 1 then 1
        when asked.highest <= 5 then 5
        when asked.highest <= 7 then 7
        when asked.highest <= 10 then 10
        when asked.highest <= 100 then 100
        else asked.highest
    end as scale,
    case when given.top > 0 then 'set' else 'learned' end as basis
from asked
left join given on asked.question = given.question
order by asked.answers desc, asked.question
