-- Grain: one row where the model of purchases sees no customer leave, and the one in which nobody leaves predicts in its place;
-- no rows otherwise.
--
-- model       the model that saw nobody leave
-- substitute  the model that predicts in its place
--
-- Parameters: none.
with blind as (
    select min(model) as model from clv_fit where reason = 'no_dropout'
),

settled as (
    select distinct model as substitute from clv_fit where model = 'nbd' and status in ('converged', 'given')
)

select blind.model, settled.substitute
from blind
cross join settled
where blind.model is not null
