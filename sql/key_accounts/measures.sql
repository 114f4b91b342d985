-- Grain: one row per measure by which somebody is high.
--
-- measure      frequency, volume, profit, influence
-- customers    how many are high by it
-- orders_from  the fewest orders of these; NULL of a measure in money
-- money_from   the least money of these; NULL of orders
--
-- Parameters: none.
select
    measure,
    count(*) as customers,
    case when measure = 'frequency' then cast(min(amount) as bigint) end as orders_from,
    case when measure <> 'frequency' then min(amount) end as money_from
from key_accounts_places
where is_high
group by measure
order by case measure when 'frequency' then 1 when 'volume' then 2 when 'profit' then 3 else 4 end, measure
