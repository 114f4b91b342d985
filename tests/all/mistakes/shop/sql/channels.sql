-- Grain: one row per channel, over the last $days days.
select channel, count(*) as orders, sum(amount) as revenue
from transactions
where day > $as_of - interval $days day and array_has($names, channel) and channel <> $word
group by channel
order by revenue desc
