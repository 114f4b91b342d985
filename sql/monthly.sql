-- Grain: one row per calendar month from the first row of history to $as_of, quiet months included.
--
-- month          its first day
-- complete       the month is over at $as_of
-- revenue, sales, returns  money
-- orders         count
-- active         customers with an order in the month
-- new            of these: with their first order ever
-- returning      of these: all others who were not reactivated
-- reactivated    of these: not new, back after at least $lost_after_days of silence
-- fell_silent    customers who reached $lost_after_days of silence in the month. In the running count of
--                customers, new and reactivated add and fell_silent subtracts. The status lost (churn) may come
--                earlier: it looks at the customer's own gaps too
-- average_order  money: revenue / orders, to six decimals; NULL without an order
--
-- Parameters: $as_of, $lost_after_days.
-- $lost_after_days must be a whole number from 1 to 3650

-- Day by day first: there are few days, and only these need their month.
with per_day as (
    select
        day,
        sum(revenue) as revenue,
        sum(returns) as returns,
        sum(orders) as orders,
        -- A customer counts on the first day with an order in the month: the day with an order before it (gap_days
        -- earlier) lies in an earlier month, or there is none.
        count(*) filter (
            where orders > 0 and (gap_days is null or gap_days >= extract(day from day))
        ) as active,
        count(*) filter (where orders > 0 and gap_days is null) as new
    from customer_day
    where day <= $as_of
    group by day
),

activity as (
    select
        cast(date_trunc('month', day) as date) as month,
        sum(revenue) as revenue,
        sum(revenue) + sum(returns) as sales,
        sum(returns) as returns,
        sum(orders) as orders,
        sum(active) as active,
        sum(new) as new
    from per_day
    group by cast(date_trunc('month', day) as date)
),

-- If the limit is less than a month, a customer may come back twice in one, or in that of the first order.
comebacks as (
    select distinct customer_id, cast(date_trunc('month', day) as date) as month
    from customer_day
    where day <= $as_of and gap_days >= cast($lost_after_days as bigint)
),

reactivations as (
    select comebacks.month, count(*) as reactivated
    from comebacks
    inner join customer_summary on comebacks.customer_id = customer_summary.customer_id
    where customer_summary.first_day < comebacks.month
    group by comebacks.month
),

-- A silence that reached the limit either ended with a later order or lasts.
silent_days as (
    select day - cast(gap_days - cast($lost_after_days as bigint) as int) as day
    from customer_day
    where day <= $as_of and gap_days >= cast($lost_after_days as bigint)
    union all
    select last_day + cast($lost_after_days as int) as day
    from customer_summary
    where orders > 0 and recency_days >= cast($lost_after_days as bigint)
),

silences as (
    select cast(date_trunc('month', day) as date) as month, count(*) as fell_silent
    from silent_days
    group by cast(date_trunc('month', day) as date)
),

span as (
    select min(month) as first_month from activity
),

months as (
    select
        unnest(
            generate_series(first_month, cast(date_trunc('month', cast($as_of as date)) as date), interval '1 month')
        ) as month
    from span
    where first_month is not null
)

select
    months.month,
    months.month + interval '1 month' - interval '1 day' <= cast($as_of as date) as complete,
    coalesce(activity.revenue, 0) as revenue,
    coalesce(activity.sales, 0) as sales,
    coalesce(activity.returns, 0) as returns,
    coalesce(activity.orders, 0) as orders,
    coalesce(activity.active, 0) as active,
    coalesce(activity.new, 0) as new,
    coalesce(activity.active - activity.new, 0) - coalesce(reactivations.reactivated, 0) as returning,
    coalesce(reactivations.reactivated, 0) as reactivated,
    coalesce(silences.fell_silent, 0) as fell_silent,
    cast(cast(activity.revenue as decimal(38, 6)) / nullif(activity.orders, 0) as decimal(38, 6)) as average_order
from months
left join activity on months.month = activity.month
left join reactivations on months.month = reactivations.month
left join silences on months.month = silences.month
order by months.month
