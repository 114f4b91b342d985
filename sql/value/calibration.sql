-- Grain: one row per tenth of the predicted chance of an order, of all windows together: whether chances were right.
-- Of the contender of value_windows; none for a rule, which gives no chances.
--
-- low, high   ends of the tenth, in per cent
-- customers   with a chance between these, counted again in each window
-- foretold    their mean chance of an order within the window
-- bought      share of them who ordered
--
-- Parameters: none.
with judged as (
    select min(contender) as contender from value_windows
)

select
    10 * (contest_calibration.tenth - 1) as low,
    10 * contest_calibration.tenth as high,
    sum(contest_calibration.customers) as customers,
    sum(contest_calibration.customers * contest_calibration.foretold) / sum(contest_calibration.customers) as foretold,
    sum(contest_calibration.customers * contest_calibration.bought) / sum(contest_calibration.customers) as bought
from contest_calibration
inner join judged on contest_calibration.contender = judged.contender
where contest_calibration.customers > 0
group by contest_calibration.tenth
order by contest_calibration.tenth
