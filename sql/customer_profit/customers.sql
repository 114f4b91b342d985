-- Grain: one row per customer with a row in the last 12 full months, or with a cost of their own in these.
--
-- customer_id, channel   channel: how the customer came (customer_profit_channels); NULL where that is not known
-- orders, revenue        of these months
-- product_cost           money: known cost of goods, and for revenue without one that revenue x (1 - $margin), to the cent
-- stated_cost            of it, the part by $margin
--
-- Parameters: $as_of, $margin.
-- $margin must be a number above 0 to 1
with months as (
    select
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') - interval '12 months' as date) as first_day,
        cast(date_trunc('month', cast($as_of as date) + interval '1 day') as date) as open_month
),

spent as (
    select
        customer_day.customer_id,
        sum(customer_day.orders) as orders,
        sum(customer_day.revenue) as revenue,
        coalesce(sum(customer_day.costed_revenue), 0) as costed_revenue,
        coalesce(sum(customer_day.cost), 0) as cost
    from customer_day
    cross join months
    where customer_day.day >= months.first_day and customer_day.day < months.open_month and customer_day.day <= $as_of
    group by customer_day.customer_id
),

charged as (
    select distinct customer_id from customer_profit_entries where is_known
),

each as (
    select
        coalesce(spent.customer_id, charged.customer_id) as customer_id,
        coalesce(spent.orders, 0) as orders,
        cast(coalesce(spent.revenue, 0) as decimal(38, 6)) as revenue,
        cast(coalesce(spent.cost, 0) as decimal(38, 6)) as known_cost,
        cast(
            round(
                cast(coalesce(spent.revenue - spent.costed_revenue, 0) as decimal(28, 6)) * cast(1 - cast($margin as double) as decimal(9, 6)),
                2
            ) as decimal(38, 6)
        ) as stated_cost
    from spent
    full outer join charged on spent.customer_id = charged.customer_id
),

channels as (
    select customer_id, min(channel) as channel from customer_profit_channels group by customer_id
)

select
    each.customer_id,
    channels.channel,
    each.orders,
    each.revenue,
    each.known_cost + each.stated_cost as product_cost,
    each.stated_cost
from each
left join channels on each.customer_id = channels.customer_id
order by each.customer_id
