-- Grain: one row per group of customers that the tree made, the one with the most leavers first; none if it could not
-- tell customers apart, or without a sound regression.
--
-- leaf            number of the group; its conditions are in warning_conditions
-- leaf_customers  customers learned from
-- leaf_churned    of these, left
-- share           of these
--
-- Parameters: none.
with leaves as (
    select
        churn_groups_fit.leaf,
        churn_groups_fit.leaf_customers,
        churn_groups_fit.leaf_churned,
        churn_groups_fit.share,
        count(*) over () as leaves
    from churn_groups_fit
    cross join warning_sound
    where churn_groups_fit.rule is not null and churn_groups_fit.share is not null
)

select leaf, leaf_customers, leaf_churned, share
from leaves
where leaves > 1
order by share desc, leaf
