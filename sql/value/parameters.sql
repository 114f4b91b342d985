-- Grain: one row per model and parameter. Coefficients of covariates are no parameters: value_effects has them.
--
-- model, parameter, estimate, standard_error  as in clv_fit
-- meaning   the key of what the parameter says. With covariates it says the same, of a customer with the mean of each
--
-- Parameters: none.
select
    model,
    parameter,
    estimate,
    standard_error,
    concat(replace(model, '_covariates', ''), '.', parameter) as meaning
from clv_fit
where parameter is not null and parameter not in ('purchases', 'dropout')
order by
    model = 'gamma_gamma',
    model,
    case parameter
        when 'r' then 1
        when 'alpha' then 2
        when 'a' then 3
        when 'b' then 4
        when 's' then 5
        when 'beta' then 6
        when 'k' then 7
        when 'p' then 8
        when 'q' then 9
        else 10
    end,
    parameter
