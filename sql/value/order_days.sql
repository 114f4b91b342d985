-- Grain: one row per calendar month: the last twelve full ones as of $as_of, as far as history reaches, and after them
-- the one that is not over; quiet months included.
--
-- month          its first day
-- complete       the month is over at $as_of
-- won_before     the first day of the twelve months, the same in every row
-- order_days     days with an order, of all customers together: a customer's orders of one day count once, as in
--                the models of purchases
-- of_earlier     of these: of customers with an order before won_before
-- of_newcomers   of these: of customers with the first order later
--
-- A forecast is about the customers of today. The fair comparison is last year's order days of those who were customers a
-- year earlier. All order days of last year are more: they include newcomers.
--
-- Parameters: $as_of.
with bounds as (
    select
        cast(
            date_trunc('month', cast($as_of as date) + interval '1 day') - interval '12 months' as date
        ) as won_before
),

history as (
    select cast(date_trunc('month', min(first_day)) as date) as first_month
    from customer_summary
    where orders > 0
),

-- Day by day first: there are few days, and only these need their month.
per_day as (
    select
        customer_day.day,
        count(*) as order_days,
        count(*) filter (where customer_summary.first_day >= bounds.won_before) as of_newcomers
    from customer_day
    inner join customer_summary on customer_day.customer_id = customer_summary.customer_id
    cross join bounds
    where customer_day.orders > 0 and customer_day.day >= bounds.won_before and customer_day.day <= $as_of
    group by customer_day.day
),

activity as (
    select
        cast(date_trunc('month', day) as date) as month,
        sum(order_days) as order_days,
        sum(of_newcomers) as of_newcomers
    from per_day
    group by cast(date_trunc('month', day) as date)
),

months as (
    select
        bounds.won_before,
        unnest(
            generate_series(
                greatest(bounds.won_before, history.first_month),
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month
    from bounds
    cross join history
    where history.first_month is not null
)

select
    months.month,
    months.month + interval '1 month' - interval '1 day' <= cast($as_of as date) as complete,
    months.won_before,
    coalesce(activity.order_days, 0) as order_days,
    coalesce(activity.order_days - activity.of_newcomers, 0) as of_earlier,
    coalesce(activity.of_newcomers, 0) as of_newcomers
from months
left join activity on months.month = activity.month
order by months.month
