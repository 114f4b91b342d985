-- Grain: one row per customer with an answer on satisfaction, with a score, on or before $as_of: the latest one. Several of
-- one day count by their mean.
--
-- customer_id  text
-- satisfied    whether the score is $journey_satisfied_score or more
--
-- Parameters: $as_of, $journey_satisfied_score.
-- $journey_satisfied_score must be a number
with answers as (
    select customer_id, day, avg(cast(score as double)) as score
    from surveys
    where question = 'satisfaction' and score is not null and customer_id is not null and day <= $as_of
    group by customer_id, day
),

latest as (
    select customer_id, max(day) as day from answers group by customer_id
)

select answers.customer_id, answers.score >= cast($journey_satisfied_score as double) as satisfied
from answers
inner join latest on answers.customer_id = latest.customer_id and answers.day = latest.day
