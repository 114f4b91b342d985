-- Grain: one row, the sentence below the table of covariates; none without such a table.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- p                the probability, by chance, that all covariates together tell as much; NULL where the parameters
--                  were given
--
-- Parameters: none.
with test as (
    select min(lr_p_value) as p from clv_effects
)

select
    'effects' as place,
    1 as position,
    case
        when test.p is null then 'covariates.given'
        when test.p < 0.001 then 'covariates.sure'
        when test.p < 0.05 then 'covariates.tells'
        else 'covariates.chance'
    end as word,
    'clv_effects' as step,
    case when test.p < 0.001 then cast(0.001 as double) else test.p end as p
from test
where exists (select 1 from value_effects)
