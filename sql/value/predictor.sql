-- Grain: one row: who predicts purchases; none where there is no fit.
--
-- asked     the model or rule that was asked to predict
-- predicts  the one that does: asked, or a simpler model in its place; NULL where none can
-- is_rule   whether that is a rule of thumb
--
-- clv_fit has further models: those tried in place of another (replaced_by names them), and beside a model with
-- covariates the one without them.
--
-- Parameters: none.
with fits as (
    select model, min(status) as status
    from clv_fit
    where model <> 'gamma_gamma'
    group by model
),

asked as (
    select model, status
    from fits
    where
        model not in (select replaced_by from clv_fit where replaced_by is not null)
        and (model like '%_covariates' or not exists (select 1 from fits where model like '%_covariates'))
    order by model
    limit 1
),

-- Of the models tried one after the other only the last can predict.
able as (
    select min(model) as model
    from fits
    where
        status in ('converged', 'given', 'limit', 'rule')
        and not exists (select 1 from asked where asked.status in ('converged', 'given', 'limit', 'rule'))
)

select
    asked.model as asked,
    coalesce(able.model, case when asked.status in ('converged', 'given', 'limit', 'rule') then asked.model end) as predicts,
    asked.status = 'rule' as is_rule
from asked
cross join able
