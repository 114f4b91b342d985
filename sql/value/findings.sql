-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $forecast_bias.
-- $forecast_bias must be a number from 0 to 1
-- A model with an estimate that did not settle inside its bounds. If it saw nobody leave, and the model in which nobody
-- leaves predicts in its place, the finding says that.
with model_not_trusted as (
    select
        case when nobody_leaves.model is null then 'model_not_trusted' else 'no_dropout' end as rule,
        cast(null as double) as money,
        cast(null as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(clv_fit.model as varchar) as name,
        'clv_fit' as step
    from clv_fit
    left join nobody_leaves on clv_fit.model = nobody_leaves.model
    -- A model that replaced another was not asked for.
    where
        clv_fit.status not in ('converged', 'limit', 'given', 'rule')
        and clv_fit.model not in (select replaced_by from clv_fit where replaced_by is not null)
    group by clv_fit.model, nobody_leaves.model
),

-- On the past no model came as close as a rule of thumb. So the rule predicts.
rule_predicts as (
    select
        'rule_predicts' as rule,
        cast(null as double) as money,
        cast(null as double) as value,
        cast(null as double) as before,
        cast(null as double) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(model as varchar) as name,
        'clv_fit' as step
    from clv_fit
    where status = 'rule'
),

-- The models asked to predict: no substitutes, and no model without covariates beside the one with them.
asked as (
    select distinct model
    from clv_fit
    where
        model not in (select replaced_by from clv_fit where replaced_by is not null)
        and (
            model like '%_covariates'
            or not exists (
                select 1 from clv_fit where model like '%_covariates' and status in ('converged', 'given')
            )
        )
),

-- The forecast was off in a window of the past, or in the newest one, by a large share of its purchases.
-- The value is that of the worst window, by its size; `before` is the newest one's, above zero where too many were foretold.
forecast_biased as (
    select
        case when bias_highest >= -bias_lowest then 'forecast_high' else 'forecast_low' end as rule,
        cast(null as double) as money,
        greatest(bias_highest, -bias_lowest) as value,
        bias_latest as before,
        cast(null as double) as change,
        customers,
        cast(null as bigint) as of_customers,
        cast(contender as varchar) as name,
        'contest_summary' as step
    from contest_summary
    where
        contender in (select model from asked)
        and greatest(bias_highest, -bias_lowest) >= cast($forecast_bias as double)
),

-- Orders that lie years before all others. Forecasts leave them out. The name is the last day with one, the value the days
-- from it to the next order.
stray_orders as (
    select
        'stray_orders' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(stray_gap_days as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        cast(stray_orders as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(stray_last as varchar) as name,
        'origins' as step
    from origins
    where stray_orders > 0
),

of_forecasts as (
    select * from model_not_trusted
    union all
    select * from rule_predicts
    union all
    select * from forecast_biased
)

select
    rule,
    cast(money as decimal(38, 6)) as money,
    cast(value as decimal(38, 6)) as value,
    cast(before as decimal(38, 6)) as before,
    cast(change as decimal(38, 6)) as change,
    customers,
    of_customers,
    name,
    step,
    false as of_data
from of_forecasts
union all
select *, true as of_data from stray_orders
