-- Grain: one row per contender: how far its forecasts were off, over all origins of the contest. None where history is
-- too short for a contest, or has too few customers.
--
-- contender, kind, chosen, close  as in contest
-- place                    1 for the chosen one, then by error; NULL where the contender could not predict at every origin
-- windows, window_days     origins that it was judged at, and days of the window after each
-- customers                judged, counted again at each origin
-- purchases, foretold      purchases that came, and that were predicted
-- bias                     foretold / came - 1, of all windows together: too many and too few cancel out
-- bias_lowest, bias_highest, bias_latest  the same of single windows: the lowest, the highest, that of the latest origin
-- mae, rmse                mean absolute and root mean squared error, in purchases per customer
-- gini, top_tenth          means over customers
-- held                     windows in which all purchases together lay within the interval that the model promised; NULL
--                          for rules: they promise nothing
-- customers_within, customers_promised  share of customers within their own interval, and the promised share
-- calibration_gap          mean distance between the chance of any purchase and the share that bought
-- replaced_by              the model that predicted in its place at the latest origin
--
-- Parameters: none.
with pooled as (
    select
        contender,
        kind,
        bool_or(chosen) as chosen,
        bool_or(close) as close,
        count(rmse) as windows,
        count(*) as origins,
        max(window_days) as window_days,
        sum(customers) as customers,
        sum(purchases) as purchases,
        sum(foretold) as foretold,
        min(bias) as bias_lowest,
        max(bias) as bias_highest,
        last_value(bias order by known_until) as bias_latest,
        sum(mae * customers) / sum(customers) as mae,
        sqrt(sum(rmse * rmse * customers) / sum(customers)) as rmse,
        sum(gini * customers) / sum(customers) filter (where gini is not null) as gini,
        sum(top_tenth * customers) / sum(customers) as top_tenth,
        -- Rules give no certainty.
        count(held) as promised_windows,
        count(*) filter (where held) as held,
        sum(customers_within * customers) / sum(customers) filter (where held is not null) as customers_within,
        sum(customers_promised * customers) / sum(customers) filter (where held is not null) as customers_promised,
        sum(calibration_gap * customers) / sum(customers) filter (where held is not null) as calibration_gap,
        last_value(replaced_by order by known_until) as replaced_by
    from contest
    group by contender, kind
)

select
    contender,
    kind,
    chosen,
    close,
    case when windows = origins then row_number() over (order by windows < origins, not chosen, rmse, contender) end as place,
    windows,
    window_days,
    customers,
    purchases,
    foretold,
    foretold / nullif(cast(purchases as double), 0) - 1 as bias,
    bias_lowest,
    bias_highest,
    bias_latest,
    mae,
    rmse,
    gini,
    top_tenth,
    case when promised_windows > 0 then held end as held,
    customers_within,
    customers_promised,
    calibration_gap,
    replaced_by
from pooled
order by place nulls last, contender
