-- Grain: one row per figure; columns as in headline.sql, but for changes and usual ranges. Beside active customers (more), which `base`
-- has: how deep customers buy, and for how long they have been here. Below the first six, so that the first screen stays short.
--
-- Parameters: none.
with wanted (figure, position, unit) as (
    values ('spend_a_customer', 22, 'money'), ('mean_tenure', 23, 'count')
)

select
    wanted.figure,
    cast(wanted.position as bigint) as position,
    wanted.unit,
    true as up_is_good,
    'indicators' as step,
    cast(indicators.value as decimal(38, 6)) as now,
    cast(indicators.before as decimal(38, 6)) as before,
    cast(indicators.year_ago as decimal(38, 6)) as year_ago
from wanted
inner join indicators on wanted.figure = indicators.indicator
