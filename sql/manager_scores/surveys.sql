-- Grain: one row per account manager with at least $manager_scores_least_answers customers who rated their satisfaction in the
-- $manager_scores_survey_days up to the last day of the period; columns as in manager_scores_items. The latest rating of each
-- customer counts; one outside of 0 to the highest rating counts as the nearer end. That is $manager_scores_highest; where it is 0,
-- the least of 5, 7, 10 and 100 that no rating of the source is above.
--
-- Parameters: $period_end, $manager_scores_survey_days, $manager_scores_highest, $manager_scores_least_answers.
-- $manager_scores_highest must be a number of 0 or more
-- $manager_scores_least_answers must be a whole number of 1 or more
with scale as (
    select
        cast(case
            when $manager_scores_highest > 0 then cast($manager_scores_highest as double)
            when coalesce(max(score), 0) <= 5 then 5
            when max(score) <= 7 then 7
            when max(score) <= 10 then 10
            else 100
        end as decimal(18, 6)) as highest
    from surveys
    where question = 'satisfaction' and cast(day as date) <= $period_end
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
