-- Grain: one row per sentence on how a model's fit ended: first whether it did, then why not, and what took its place.
--
-- place      note: every reader must know it; fits: it stands with the parameters
-- position   the model, the one that was asked first
-- word       its key in the words file
-- step       the table that its figures come from
-- model      of the fit
-- customers  fitted on
-- why        the key of the reason; without a key the model's own words
-- substitute the model in its place
--
-- A model that saw nobody leave has its sentence in value_words where the one without dropout predicts.
--
-- Parameters: none.
with fits as (
    select
        clv_fit.model,
        min(clv_fit.status) as status,
        coalesce(nullif(min(clv_fit.reason), 'none'), nullif(min(clv_fit.message), '')) as why,
        min(clv_fit.replaced_by) as substitute,
        max(clv_fit.customers) as customers,
        min(value_predictor.asked) as asked
    from clv_fit
    left join value_predictor on true
    where
        not exists (select 1 from nobody_leaves)
        or coalesce(clv_fit.reason, 'none') <> 'no_dropout'
    group by clv_fit.model
),

placed as (
    select
        *,
        status in ('converged', 'given', 'rule') as is_calm,
        row_number() over (order by model = 'gamma_gamma', model <> asked, model) as position
    from fits
),

sentences as (
    select
        position,
        1 as place_of,
        case
            when status in ('converged', 'given', 'limit', 'boundary', 'not_identified', 'rule')
                then concat('value.status.', status)
            else 'value.status.failed'
        end as word,
        is_calm,
        model,
        customers,
        why,
        substitute
    from placed
    union all
    select position, 2, 'value.message', is_calm, model, customers, why, substitute
    from placed
    where why is not null and not is_calm
    union all
    select position, 3, 'value.replaced', is_calm, model, customers, why, substitute
    from placed
    where substitute is not null
)

select
    case when is_calm then 'fits' else 'note' end as place,
    position + 10 as position,
    word,
    'clv_fit' as step,
    model,
    customers,
    why,
    substitute
from sentences
order by position, place_of
