-- Grain: one row if the regression of the early warning has weights to go by; no rows otherwise. Without it nobody is
-- in the list, and the section says why in one sentence.
--
-- status  how its fit ended: converged or given
--
-- Parameters: none.
select min(status) as status
from churn_weights_fit
where status in ('converged', 'given')
having count(*) > 0
