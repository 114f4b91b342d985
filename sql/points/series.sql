-- Grain: one row per figure and month; columns as in headline_series.sql. The liability is as of the ends of 13 months, the
-- last of them $as_of.
--
-- Parameters: $as_of.
select 'points_liability' as figure, month, cast(liability as decimal(38, 6)) as value
from points_months
where month > cast(date_trunc('month', cast($as_of as date)) as date) - interval '13 months'
