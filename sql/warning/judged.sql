-- Grain: one row per model or rule: how well it ranked the customers of the past, and what following it would have
-- cost. The regression comes first, then the groups of the tree, then those that they are compared with. No rows
-- without a sound regression.
--
-- contender     whose figures these are
-- pairs         double: of 100 pairs of one who left and one who stayed, those with the leaver ranked higher
-- caught_tenth  share of those who left in the tenth of customers ranked highest
-- off_by        double: points between predicted and observed shares, on average over tenths; NULL for rules
-- contacted     customers at or above the threshold
-- found         of these, left
-- missed        left, but below the threshold
-- cost          double: of missed leavers and of needless contacts
--
-- Parameters: none.
with contenders as (
    select contender, kind, auc, calibration_error, found, needless, missed, cost, true as of_weights
    from churn_weights_judged
    union all
    select contender, kind, auc, calibration_error, found, needless, missed, cost, false
    from churn_groups_judged
    where contender not in (select contender from churn_weights_judged)
),

firsts as (
    select contender, captured, true as of_weights from churn_weights_gains where tenth = 1
    union all
    select contender, captured, false from churn_groups_gains where tenth = 1
)

select
    contenders.contender,
    100 * contenders.auc as pairs,
    firsts.captured as caught_tenth,
    100 * contenders.calibration_error as off_by,
    contenders.found + contenders.needless as contacted,
    contenders.found,
    contenders.missed,
    contenders.cost
from contenders
cross join warning_sound
left join firsts on contenders.contender = firsts.contender and contenders.of_weights = firsts.of_weights
order by
    case
        when contenders.contender = 'logistic' then 1
        when contenders.contender = 'tree' then 2
        when contenders.kind = 'probability' then 3
        else 4
    end,
    contenders.contender
