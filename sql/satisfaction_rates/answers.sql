-- Grain: one row per customer and question with an answer of the last 365 days: the latest one; of several on one day the
-- lowest.
--
-- customer_id  text
-- question     satisfaction, repurchase or recommend
-- score        number
-- is_yes       the score is $satisfaction_rates_from or more
--
-- Parameters: $as_of, $satisfaction_rates_from.
with ranked as (
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

select customer_id, question, score, score >= $satisfaction_rates_from as is_yes
from ranked
where place = 1
order by customer_id, question
