-- Grain: one row per customer whose light is worse than one period earlier; the most revenue first.
--
-- Columns as in health; colour_before, health_before: one period earlier.
--
-- Parameters: none.
select
    now.customer_id,
    earlier.colour as colour_before,
    now.colour,
    earlier.health as health_before,
    now.health,
    now.first_driver,
    now.second_driver,
    now.status,
    now.revenue_12m
from health as now
inner join previous.health as earlier on now.customer_id = earlier.customer_id
where (earlier.colour = 'green' and now.colour <> 'green') or (earlier.colour = 'yellow' and now.colour = 'red')
order by now.revenue_12m desc, now.customer_id
