-- Grain: one row per account manager with a score; columns as in scorecard_measures, the subject is the account manager.
--
-- Parameters: none.
select
    'manager_score' as measure,
    account_manager as subject,
    cast(score as decimal(38, 6)) as value,
    cast(score_before as decimal(38, 6)) as before,
    'number' as unit,
    'manager_scores' as step
from manager_scores
where score is not null
