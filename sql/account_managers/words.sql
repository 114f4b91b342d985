-- Grain: one row, the sentence of the section.
--
-- place, word, step  where it stands, its key, the table that its figures come from
-- managers           how many there are
-- new, lost, at_risk, revenue  sums over all managers; revenue is that of the last 12 months of those at risk
--
-- Parameters: none.
select
    'answer' as place,
    'account_managers.answer' as word,
    'account_managers' as step,
    count(*) as managers,
    sum(new) as new,
    sum(lost) as lost,
    sum(at_risk) as at_risk,
    sum(at_risk_revenue) as revenue
from account_managers
having count(*) > 0
