-- Grain: one row per customer and question with an answer of the last 365 days: the latest one; of several on one day the
-- lowest.
--
-- customer_id  text
-- question     satisfaction, repurchase or recommend
-- score        number
-- scale        the top of the question's scale: $satisfaction_rates_scale, or, if that is 0, the least of 5, 7, 10 and 100 that no
--              answer up to $as_of is above
-- is_yes       the score is $satisfaction_rates_yes of that, or more
--
-- Parameters: $as_of, $satisfaction_rates_yes, $satisfaction_rates_scale.
-- $satisfaction_rates_yes must be a number above 0 to 1
-- $satisfaction_rates_scale must be a number of 0 or more
with scales as (
    select
        question,
        cast(
            case
                when $satisfaction_rates_scale > 0 then $satisfaction_rates_scale
                when max(score) <= 5 then 5
                when max(score) <= 7 then 7
                when max(score) <= 10 then 10
                else 100
            end as decimal(12, 4)
        ) as scale
    from surveys
    where day <= cast($as_of as date) and score is not null
    group by question
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
