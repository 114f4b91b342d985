-- Grain: one row per channel through which customers entered; the most customers first. None where no channel is known.
--
-- channel    text; `-`: the source names none
-- customers  who entered
-- ordered    who reached the order
-- share      ordered / customers
--
-- Parameters: none.
select
    channel,
    count(*) as customers,
    count(ordered_on) as ordered,
    cast(count(ordered_on) as double) / count(*) as share
from funnel_customers
where (select count(*) from funnel_customers where channel <> '-') > 0
group by channel
order by customers desc, channel
