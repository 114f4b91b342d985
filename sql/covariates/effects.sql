-- Grain: one row per covariate: what goes with ordering often, and with leaving. None where the fit with
-- covariates did not converge, and was not given.
--
-- covariate, level, base  the column; for text, the value and the one that it is compared with
-- orders, orders_low, orders_high, orders_p      by how much one unit more multiplies the rate of orders, the ends of
--                                                its interval at
--                 95 %, and the probability of as much by chance; without ends and probability where the parameters
--                 were given
-- leaving, leaving_low, leaving_high, leaving_p  the same of leaving
--
-- Parameters: none.
with fits as (
    select min(status) as status from clv_fit where model like '%_covariates'
),

effects as (
    select *
    from clv_effects
    -- One that was left out has no process.
    where process is not null
)

select
    effects.covariate,
    effects.level,
    effects.base,
    max(effects.factor) filter (where effects.process = 'purchases') as orders,
    max(effects.factor_low) filter (where effects.process = 'purchases') as orders_low,
    max(effects.factor_high) filter (where effects.process = 'purchases') as orders_high,
    max(effects.p_value) filter (where effects.process = 'purchases') as orders_p,
    max(effects.factor) filter (where effects.process = 'dropout') as leaving,
    max(effects.factor_low) filter (where effects.process = 'dropout') as leaving_low,
    max(effects.factor_high) filter (where effects.process = 'dropout') as leaving_high,
    max(effects.p_value) filter (where effects.process = 'dropout') as leaving_p
from effects
inner join fits on fits.status in ('converged', 'given')
group by effects.covariate, effects.level, effects.base
order by effects.covariate, effects.level
