-- Grain: one row per figure and month, up to 37 months, oldest first.
--
-- figure  revenue, active_customers, average_order, new_customers, repeat_rate: up to 37 full months that end with the last
--         full period; top20_share: as of the ends of 13 months, the last of them $as_of;
--         revenue_at_risk: as of $as_of and of the same day of the months before, up to 37: by every customer's rhythm as it was
--         known then
-- month   its first day
-- value   decimal, six places: money, count or share, as in headline. A month without a row is 0; it has no average order
--
-- Parameters: none.
select all_points.figure, all_points.month, all_points.value
from all_points
inner join all_figures on all_points.figure = all_figures.figure
where all_points.value is not null
order by all_figures.position, all_points.month
