-- Grain: one row per figure and month; columns as in headline_series.sql.
--
-- Parameters: none.
select 'top20_share' as figure, month, cast(top20_share as decimal(38, 6)) as value from concentration_trend
