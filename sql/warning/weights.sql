-- Grain: one row per term of the regression, the strongest first: what goes with leaving, the others being equal.
--
-- term           the feature, or `<feature>_unknown` where the term is for its being unknown
-- odds_ratio     double: one standard deviation more multiplies the odds of leaving by this
-- goes_with      more of it goes with leaves or stays; chance where may_be_chance
-- may_be_chance  the weight is within two standard errors of zero. Of given parameters no errors are known: that was
--                decided by their fit
--
-- Parameters: none.
with terms as (
    select
        feature,
        missing,
        standardised,
        odds_ratio,
        coalesce(abs(standardised) <= 2 * standardised_error, false) as may_be_chance
    from churn_weights_fit
    cross join warning_sound
    -- The intercept is no feature, and a feature that was left out has no weight.
    where missing is not null and standardised is not null and odds_ratio is not null
)

select
    case when missing then concat(feature, '_unknown') else feature end as term,
    odds_ratio,
    case
        when may_be_chance then 'chance'
        when standardised > 0 then 'leaves'
        else 'stays'
    end as goes_with,
    may_be_chance
from terms
order by abs(standardised) desc, feature, missing
