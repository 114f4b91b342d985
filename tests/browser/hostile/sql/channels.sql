-- Grain: one row per channel.
--
-- Parameters: none.
select channel, count(distinct customer_id) as customers, sum(amount) as revenue
from transactions
group by channel
order by revenue desc, channel
