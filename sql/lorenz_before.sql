-- Grain: as `lorenz`, of a year ago; no rows where history does not cover all 365 days of then: the curve of fewer would be no
-- fair comparison.
--
-- customer_share, revenue_share  as in `lorenz`
--
-- Parameters: none.
select lorenz.customer_share, lorenz.revenue_share
from year_ago.lorenz as lorenz
cross join year_ago.periods as periods
where periods.history_days >= 365
order by lorenz.customer_share
