-- Grain: one row per account manager with at least $manager_scores_least_answers customers who rated their satisfaction in the
-- $manager_scores_survey_days up to the last day of the period; columns as in manager_scores_items. The latest rating of each
-- customer counts; one outside of 0 to the highest rating counts as the nearer end. That is the top of $survey_scales
-- ('satisfaction=10'), never below a rating; else the least of 1, 5, 7, 10 and 100 that no rating of the source is above.
--
-- Parameters: $period_end, $manager_scores_survey_days, $survey_scales, $manager_scores_least_answers.
-- $manager_scores_least_answers must be a whole number of 1 or more
with given as (
    select max(try_cast(split_part(pair, '=', 2) as double)) as top
    from (select unnest($survey_scales) as pair)
    where split_part(pair, '=', 1) = 'satisfaction'
),

rated_up_to as (
    select cast(max(score) as double) as highest
    from surveys
    where question = 'satisfaction' and cast(day as date) <= $period_end
),

-- As in satisfaction_scales.
scale as (
    select
        cast(case
            when given.top > 0 then greatest(given.top, coalesce(rated_up_to.highest, 0))
            when coalesce(rated_up_to.highest, 0) <= 1 then 1
            when rated_up_to.highest <= 5 then 5
            when rated_up_to.highest <= 7 then 7
            when rated_up_to.highest <= 10 then 10
            when rated_up_to.highest <= 100 then 100
            else rated_up_to.highest
        end as decimal(18, 6)) as highest
    from given
    cross join rated_up_to
),

rated as (
    select
        cast(customer_id as varchar) as customer_id,
        first_value(cast(score as decimal(18, 6)) order by cast(day as date) desc, score) as score
    from surveys
    where
        question = 'satisfaction'
        and score is not null
        and cast(day as date) <= $period_end
        and cast($period_end as date) - cast(day as date) < $manager_scores_survey_days
    group by cast(customer_id as varchar)
)

select
    own.account_manager,
    'feedback' as part,
    'satisfaction' as item,
    cast(
        sum(greatest(least(rated.score, scale.highest), 0)) as decimal(38, 6)
    ) as numerator,
    cast(count(*) * max(scale.highest) as decimal(38, 6)) as denominator
from rated
cross join scale
inner join manager_scores_own as own on rated.customer_id = own.customer_id
group by own.account_manager
having count(*) >= $manager_scores_least_answers
order by own.account_manager
