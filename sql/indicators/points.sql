-- Grain: one row per figure and month; columns as in headline_series.sql.
--
-- Parameters: none.
select 'spend_a_customer' as figure, month, cast(spend_a_customer as decimal(38, 6)) as value
from indicators_trend
where spend_a_customer is not null
