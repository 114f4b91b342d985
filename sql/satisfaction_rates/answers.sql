-- Grain: one row per customer and question with an answer of the last 365 days: the latest one; of several on one day the
-- lowest.
--
-- customer_id  text
-- question     satisfaction, repurchase or recommend
-- score        number
-- scale        the top of the question's scale: that of $survey_scales ('question=top'), never below the highest score; else the least of
--              1, 5, 7, 10 and 100 that no answer up to $as_of is above
-- is_yes       the score is $satisfaction_rates_yes of that, or more
--
-- Parameters: $as_of, $satisfaction_rates_yes, $survey_scales.
-- $satisfaction_rates_yes must be a number above 0 to 1
with given as (
    select split_part(pair, '=', 1) as question, max(try_cast(split_part(pair, '=', 2) as double)) as top
    from (select unnest($survey_scales) as pair)
    group by 1
),

asked as (
    select question, cast(max(score) as double) as highest
    from surveys
    where day <= cast($as_of as date) and score is not null
    group by question
),

-- As in satisfaction_scales.
scales as (
    select
        asked.question,
        cast(
            case
                when given.top > 0 then greatest(given.top, asked.highest)
                when asked.highest <= 1 then 1
                when asked.highest <= 5 then 5
                when asked.highest <= 7 then 7
                when asked.highest <= 10 then 10
                when asked.highest <= 100 then 100
                else asked.highest
            end as decimal(12, 4)
        ) as scale
    from asked
    left join given on asked.question = given.question
),

ranked as (
    select
        customer_id,
        question,
        score,
        row_number() over (partition by customer_id, question order by day desc, score) as place
    from surveys
    where
        question in ('satisfaction', 'repurchase', 'recommend')
        and score is not null
        and day <= cast($as_of as date)
        and day > cast($as_of as date) - interval '365 days'
)

select
    ranked.customer_id,
    ranked.question,
    ranked.score,
    scales.scale,
    cast(ranked.score as decimal(18, 6)) >= cast($satisfaction_rates_yes as decimal(9, 6)) * scales.scale as is_yes
from ranked
inner join scales on ranked.question = scales.question
where ranked.place = 1
order by ranked.customer_id, ranked.question
