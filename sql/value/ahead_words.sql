-- Grain: one row per sentence on what is predicted of all customers together.
--
-- place       ahead: over the picture; months: below the table of months; ranges: with the proof; note: every reader must
--             know it
-- position    the order
-- word        its key in the words file
-- step        the table that its figures come from
-- days        the longest horizon
-- orders      days with an order that are predicted over it
-- earlier, newcomers  days with an order in the twelve months past: by customers won before them, and within them
-- since       the first of these months
-- windows, held, level  past windows that gave the ranges; in how many of them what came was as near; of 100 cases,
--                       those that are to lie
--             within
-- window_days days of a window
--
-- A forecast is of the customers of today. So it is compared with what the customers of a year ago did, over as long
-- a span.
--
-- Parameters: none.
with sentences (place, position, word) as (
    values
    ('ahead', 1, 'value.ahead.comparison'),
    ('ahead', 1, 'value.ahead.alone'),
    ('ranges', 2, 'value.ranges.tested'),
    ('ranges', 2, 'value.ranges.tested_often'),
    ('note', 2, 'value.ranges.too_wrong'),
    ('ranges', 2, 'value.ranges.by_model'),
    ('months', 3, 'value.season.none'),
    ('months', 3, 'value.season.too_short'),
    ('months', 3, 'value.season.empty_period'),
    ('months', 3, 'value.season.by_chance'),
    ('months', 3, 'value.season.no_better')
),

whole as (
    select
        horizon_days,
        cast(round(expected) as bigint) as orders,
        tested_low is not null as is_tested,
        low is not null as has_own,
        level,
        windows,
        window_days,
        windows_held
    from clv_forecast
    where figure = 'purchases' and expected > 0
    order by horizon_days desc
    limit 1
),

past as (
    select
        sum(of_earlier) filter (where complete) as earlier,
        sum(of_newcomers) filter (where complete) as newcomers,
        count(*) filter (where complete) as months,
        min(won_before) as since
    from order_days
),

season as (
    select min(reason) as reason from clv_months
),

known as (
    select
        whole.*,
        past.earlier,
        past.newcomers,
        past.since,
        season.reason,
        -- Figures of other spans cannot be compared with a year's.
        coalesce(past.earlier > 0 and past.months = 12 and whole.horizon_days between 350 and 380, false) as is_alike
    from whole
    cross join past
    cross join season
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case sentences.place when 'months' then 'clv_months' when 'ahead' then 'value_ahead' else 'clv_forecast' end as step,
    known.horizon_days as days,
    known.orders,
    known.earlier,
    known.newcomers,
    known.since,
    known.windows,
    known.windows_held as held,
    known.window_days,
    cast(round(100 * known.level) as bigint) as level
from sentences
cross join known
where
    case sentences.word
        -- A rule predicts no months, so there is no picture to compare in.
        when 'value.ahead.comparison' then known.reason is not null and known.is_alike
        when 'value.ahead.alone' then known.reason is not null and not known.is_alike
        -- With fewer windows nobody can tell how often ranges hold.
        when 'value.ranges.tested' then known.is_tested and known.windows < 20
        when 'value.ranges.tested_often' then known.is_tested and known.windows >= 20
        when 'value.ranges.too_wrong' then not known.is_tested and known.windows is not null
        when 'value.ranges.by_model' then not known.is_tested and known.windows is null and known.has_own
        else sentences.word = concat('value.season.', known.reason)
    end
order by sentences.position
