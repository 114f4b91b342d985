-- Grain: one row per window of the past, the earliest first: what was predicted, and what came. Of the contender that
-- predicts here; of the chosen one where the former was not tested.
--
-- contender    whose forecasts they are
-- known_until  the last day that counted as known
-- window_days  days of the window after it
-- foretold     predicted days with an order, whole
-- purchases    days with an order that came
-- bias         foretold / came - 1
--
-- Parameters: none.
with judged as (
    select coalesce(
        max(contest_summary.contender) filter (where contest_summary.contender = value_predictor.asked),
        max(contest_summary.contender) filter (where contest_summary.chosen)
    ) as contender
    from contest_summary
    left join value_predictor on true
)

select
    contest.contender,
    contest.known_until,
    contest.window_days,
    cast(round(contest.foretold) as bigint) as foretold,
    contest.purchases,
    contest.bias
from contest
inner join judged on contest.contender = judged.contender
where contest.bias is not null
order by contest.known_until
