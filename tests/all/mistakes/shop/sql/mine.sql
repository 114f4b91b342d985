-- Grain: one row per day.
select day, sum(amount) as revenue
from transactions
group by day
order by day
