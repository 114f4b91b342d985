-- Grain: one row per measure of the whole shop, and of each account manager's own customers; columns as in scorecard_measures.
--
-- satisfaction    mean rating of satisfaction in the $manager_scores_survey_days up to the end of the period, of each customer the
--                 latest; in the scale of the source
-- survey_answers  customers and days with an answer in the period
--
-- Parameters: $period_start, $period_end, $before_start, $before_end, $manager_scores_survey_days.
with answers as (
    select
        cast(surveys.customer_id as varchar) as customer_id,
        cast(surveys.day as date) as day,
        surveys.question,
        cast(surveys.score as decimal(18, 6)) as score,
        own.account_manager
    from surveys
    left join manager_scores_own as own on cast(surveys.customer_id as varchar) = own.customer_id
),

shared as (
    select cast(null as varchar) as subject, customer_id, day, question, score from answers
    union all
    select account_manager as subject, customer_id, day, question, score from answers where account_manager is not null
),

-- Of each customer the latest rating, at the end of the period and of the one before.
rated as (
    select
        subject,
        customer_id,
        first_value(score order by day desc, score) filter (
            where cast($period_end as date) - day between 0 and $manager_scores_survey_days - 1
        ) as now,
        first_value(score order by day desc, score) filter (
            where cast($before_end as date) - day between 0 and $manager_scores_survey_days - 1
        ) as before
    from shared
    where question = 'satisfaction' and score is not null
    group by subject, customer_id
),

given as (
    select
        subject,
        count(distinct case when day between $period_start and $period_end then concat(customer_id, ' ', cast(day as varchar)) end) as now,
        count(distinct case when day between $before_start and $before_end then concat(customer_id, ' ', cast(day as varchar)) end) as before
    from shared
    where day between $before_start and $period_end
    group by subject
)

select
    'satisfaction' as measure,
    subject,
    cast(avg(cast(now as double)) as decimal(38, 6)) as value,
    cast(avg(cast(before as double)) as decimal(38, 6)) as before,
    'number' as unit,
    'surveys' as step
from rated
group by subject
having count(now) > 0 or count(before) > 0
union all
select
    'survey_answers' as measure,
    subject,
    cast(now as decimal(38, 6)) as value,
    cast(before as decimal(38, 6)) as before,
    'count' as unit,
    'surveys' as step
from given
