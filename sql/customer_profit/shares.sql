-- Grain: one row per customer, with the stretch that is theirs of what is shared out: from 0 to 1 in the order of ids, each as long
-- as the customer's share of revenue. A customer with revenue of zero or less has a stretch of no length.
--
-- customer_id, channel
-- all_from, all_to          the stretch among all customers; NULL where nobody has revenue above zero
-- channel_from, channel_to  the stretch among those who came through the same channel; NULL likewise
--
-- A cost is cut at the ends of the stretches, each cut rounded to the cent: so the pieces add up to the cost.
--
-- Parameters: none.
with weights as (
    select customer_id, channel, greatest(revenue, 0) as weight from customer_profit_customers
),

summed as (
    select
        customer_id,
        channel,
        weight,
        sum(weight) over (order by customer_id rows between unbounded preceding and current row) as all_to,
        sum(weight) over (partition by channel order by customer_id rows between unbounded preceding and current row) as channel_to
    from weights
),

everybody as (
    select sum(weight) as weight from weights
),

channels as (
    select channel, sum(weight) as weight from weights where channel is not null group by channel
)

select
    summed.customer_id,
    summed.channel,
    cast(summed.all_to - summed.weight as double) / nullif(cast(everybody.weight as double), 0) as all_from,
    cast(summed.all_to as double) / nullif(cast(everybody.weight as double), 0) as all_to,
    cast(summed.channel_to - summed.weight as double) / nullif(cast(channels.weight as double), 0) as channel_from,
    cast(summed.channel_to as double) / nullif(cast(channels.weight as double), 0) as channel_to
from summed
cross join everybody
left join channels on summed.channel = channels.channel
