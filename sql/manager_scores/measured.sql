-- Grain: one row per item that somebody has data for: what the parts are measured by.
--
-- part, item
-- managers     account managers with data for it
-- numerator, denominator  sums of all
-- share        one divided by the other
--
-- Parameters: none.
select
    part,
    item,
    count(distinct account_manager) as managers,
    cast(sum(numerator) as double) as numerator,
    cast(sum(denominator) as double) as denominator,
    cast(sum(numerator) as double) / cast(sum(denominator) as double) as share
from manager_scores_items
where denominator > 0
group by part, item
order by case part when 'base' then 1 when 'service' then 2 else 3 end, item
