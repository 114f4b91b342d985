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
-- lost           customers whose silence reached $lost_after_days in the month; in the running count of
--                customers, new and reactivated add and lost subtracts
-- average_order  money: revenue / orders; NULL without an order
--
-- Parameters: $as_of, $lost_after_days.
with activity as (
    select
        month,
        sum(revenue) as revenue,
        sum(sales) as sales,
        sum(returns) as returns,
        sum(orders) as orders,
        count(case when orders > 0 then 1 end) as active,
        count(case when is_first then 1 end) as new,
        count(
            case when not is_first and longest_gap_days >= cast($lost_after_days as bigint) then 1 end
        ) as reactivated
    from customer_month
    group by month
),

-- A silence that reached the limit either ended with a later order or lasts.
lost_days as (
    select day - cast(gap_days - cast($lost_after_days as bigint) as int) as day
    from customer_day
    where day <= $as_of and gap_days >= cast($lost_after_days as bigint)
    union all
    select last_day + cast($lost_after_days as int) as day
    from customer_summary
    where orders > 0 and recency_days >= cast($lost_after_days as bigint)
),

losses as (
    select cast(date_trunc('month', day) as date) as month, count(*) as lost
    from lost_days
    group by cast(date_trunc('month', day) as date)
),

span as (
    select min(month) as first_month from customer_month
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
    coalesce(activity.active - activity.new - activity.reactivated, 0) as returning,
    coalesce(activity.reactivated, 0) as reactivated,
    coalesce(losses.lost, 0) as lost,
    activity.revenue / nullif(activity.orders, 0) as average_order
from months
left join activity on months.month = activity.month
left join losses on months.month = losses.month
order by months.month
