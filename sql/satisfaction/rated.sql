-- Grain: one row per customer, day and question with a score. Several answers of one day count as their mean.
--
-- customer_id, day, question  text, day, text
-- score                       double, as it was given
-- rating                      score / scale (satisfaction_scales)
--
-- Parameters: $as_of.
select
    surveys.customer_id,
    surveys.day,
    surveys.question,
    avg(cast(surveys.score as double)) as score,
    avg(cast(surveys.score as double) / satisfaction_scales.scale) as rating
from surveys
inner join satisfaction_scales on surveys.question = satisfaction_scales.question
where
    surveys.day <= $as_of
    and surveys.customer_id is not null
    and surveys.score is not null
    and satisfaction_scales.scale > 0
group by surveys.customer_id, surveys.day, surveys.question
