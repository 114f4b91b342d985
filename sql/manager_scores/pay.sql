-- Grain: one row per account manager with a score; the best first, then those who lack a part that others have, as in
-- manager_scores. None where no pay is set.
--
-- account_manager, name, score
-- partial     whether the score lacks a part that others have
-- base_pay    $manager_scores_base_pay × score / 100
-- volume      credited money of the period, not below zero
-- commission  $manager_scores_commission × volume
-- allowance   $manager_scores_allowance
-- pay         the sum
--
-- Parameters: $manager_scores_base_pay, $manager_scores_commission, $manager_scores_allowance.
-- $manager_scores_base_pay must be a number of 0 or more
-- $manager_scores_commission must be a number from 0 to 1
-- $manager_scores_allowance must be a number of 0 or more
with paid as (
    select
        account_manager,
        name,
        score,
        partial,
        cast(cast(score as decimal(9, 4)) * cast($manager_scores_base_pay as decimal(18, 4)) / 100 as decimal(18, 2)) as base_pay,
        greatest(revenue, 0) as volume,
        cast(cast(greatest(revenue, 0) as decimal(24, 6)) * cast($manager_scores_commission as decimal(9, 6)) as decimal(18, 2))
            as commission,
        cast($manager_scores_allowance as decimal(18, 2)) as allowance
    from manager_scores
    where
        score is not null
        and (
            cast($manager_scores_base_pay as double) > 0
            or cast($manager_scores_commission as double) > 0
            or cast($manager_scores_allowance as double) > 0
        )
)

select
    account_manager,
    name,
    score,
    partial,
    base_pay,
    cast(volume as decimal(38, 6)) as volume,
    commission,
    allowance,
    base_pay + commission + allowance as pay
from paid
order by partial, score desc, account_manager
