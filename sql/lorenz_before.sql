-- Grain: as `lorenz`, of a year ago; no rows where history does not cover the period a year ago, as the curve of the few days
-- before its end would be no fair comparison.
--
-- customer_share, revenue_share  as in `lorenz`
--
-- Parameters: none.
select lorenz.customer_share, lorenz.revenue_share
from year_ago.lorenz as lorenz
cross join periods
where periods.year_ago_reached
order by lorenz.customer_share
