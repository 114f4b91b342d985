-- Grain: one row per handling of service_again with a rate that is drawn, for the picture.
--
-- handling, textbook, rate_drawn  as there
--
-- Parameters: none.
select handling, textbook, rate_drawn
from service_again
where rate_drawn is not null
order by case handling when 'at_once' then 1 when 'solved' then 2 else 3 end
