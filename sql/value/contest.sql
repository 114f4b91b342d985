-- Grain: one row per contender, the closest first: how far off its forecasts of the past were, for the page.
--
-- contender, kind, replaced_by, windows, bias_lowest, bias_highest  as in contest_summary
-- mark        predicts: it predicts here; closest: the least error, if it does not predict; as_close: chance may
--             explain the distance to that; in_part: it could not predict in every window; NULL otherwise
-- rmse, mae, top_tenth, gini  as in contest_summary; NULL for one in part: it is not compared
--
-- Parameters: none.
with least as (
    select min(rmse) as least_error from contest_summary where place is not null
),

-- One that is level with the predictor is as close, and no closer.
own as (
    select contest_summary.rmse as own_error
    from contest_summary
    inner join value_predictor on contest_summary.contender = value_predictor.asked
    where contest_summary.place is not null
),

marked as (
    select
        contest_summary.contender,
        contest_summary.kind,
        contest_summary.chosen,
        case
            when contest_summary.contender = value_predictor.asked then 'predicts'
            when contest_summary.place is null then 'in_part'
            when contest_summary.rmse = least.least_error and coalesce(own.own_error > least.least_error, true) then 'closest'
            when contest_summary.close then 'as_close'
        end as mark,
        contest_summary.replaced_by,
        contest_summary.windows,
        contest_summary.bias_lowest,
        contest_summary.bias_highest,
        case when contest_summary.place is not null then contest_summary.rmse end as rmse,
        case when contest_summary.place is not null then contest_summary.mae end as mae,
        case when contest_summary.place is not null then contest_summary.top_tenth end as top_tenth,
        case when contest_summary.place is not null then contest_summary.gini end as gini
    from contest_summary
    cross join least
    left join value_predictor on true
    left join own on true
)

select
    contender,
    kind,
    mark,
    replaced_by,
    windows,
    rmse,
    mae,
    bias_lowest,
    bias_highest,
    top_tenth,
    gini
from marked
order by rmse nulls last, not chosen, contender
