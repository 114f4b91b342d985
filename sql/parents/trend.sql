-- Grain: one row per every third month, the last five up to the month of $as_of; none where revenue was not above zero, or history
-- does not cover 365 days. The groups are those of today.
--
-- month            its first day; the row is of the 365 days up to its end, up to $as_of in the last one
-- customers        with an order or money in these days
-- groups           of these, rolled up; a customer alone is a group
-- revenue          money
-- customers_share  share of the ten largest customers
-- groups_share     share of the ten largest groups
--
-- Parameters: $as_of.
with months as (
    select cast(date_trunc('month', cast($as_of as date)) as date) as month
),

amounts as (
    select
        coalesce(parents_roots.group_id, customer_day.customer_id) as group_id,
        customer_day.customer_id,
        sum(customer_day.revenue) filter (where customer_day.day > cast($as_of as date) - interval '365 days') as now,
        sum(customer_day.revenue) filter (
            where customer_day.day < months.month - interval '2 months'
            and customer_day.day >= months.month - interval '2 months' - interval '365 days'
        ) as ago_3,
        sum(customer_day.revenue) filter (
            where customer_day.day < months.month - interval '5 months'
            and customer_day.day >= months.month - interval '5 months' - interval '365 days'
        ) as ago_6,
        sum(customer_day.revenue) filter (
            where customer_day.day < months.month - interval '8 months'
            and customer_day.day >= months.month - interval '8 months' - interval '365 days'
        ) as ago_9,
        sum(customer_day.revenue) filter (
            where customer_day.day < months.month - interval '11 months'
            and customer_day.day >= months.month - interval '11 months' - interval '365 days'
        ) as ago_12
    from customer_day
    cross join months
    left join parents_roots on customer_day.customer_id = parents_roots.customer_id
    where customer_day.day <= cast($as_of as date) and (customer_day.orders > 0 or customer_day.revenue <> 0)
    group by coalesce(parents_roots.group_id, customer_day.customer_id), customer_day.customer_id
),

rolled_up as (
    select
        group_id,
        sum(now) as now,
        sum(ago_3) as ago_3,
        sum(ago_6) as ago_6,
        sum(ago_9) as ago_9,
        sum(ago_12) as ago_12
    from amounts
    group by group_id
),

customers as (
    select
        distribution(cast(now as decimal(38, 6))) as now,
        distribution(cast(ago_3 as decimal(38, 6))) as ago_3,
        distribution(cast(ago_6 as decimal(38, 6))) as ago_6,
        distribution(cast(ago_9 as decimal(38, 6))) as ago_9,
        distribution(cast(ago_12 as decimal(38, 6))) as ago_12
    from amounts
),

groups as (
    select
        distribution(cast(now as decimal(38, 6))) as now,
        distribution(cast(ago_3 as decimal(38, 6))) as ago_3,
        distribution(cast(ago_6 as decimal(38, 6))) as ago_6,
        distribution(cast(ago_9 as decimal(38, 6))) as ago_9,
        distribution(cast(ago_12 as decimal(38, 6))) as ago_12
    from rolled_up
),

points as (
    select
        unnest([12, 9, 6, 3, 0]) as months_ago,
        unnest([customers.ago_12, customers.ago_9, customers.ago_6, customers.ago_3, customers.now]) as customers,
        unnest([groups.ago_12, groups.ago_9, groups.ago_6, groups.ago_3, groups.now]) as groups
    from customers
    cross join groups
),

dated as (
    select
        points.*,
        cast(
            case points.months_ago
                when 12 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months'
                when 9 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '9 months'
                when 6 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '6 months'
                when 3 then cast(date_trunc('month', cast($as_of as date)) as date) - interval '3 months'
                else cast(date_trunc('month', cast($as_of as date)) as date)
            end as date
        ) as month
    from points
)

select
    dated.month,
    dated.customers['count'] as customers,
    dated.groups['count'] as groups,
    dated.customers['total'] as revenue,
    cast(top_sum(dated.customers, 10) as double) / cast(dated.customers['total'] as double) as customers_share,
    cast(top_sum(dated.groups, 10) as double) / cast(dated.groups['total'] as double) as groups_share
from dated
cross join periods
where
    dated.customers['total'] > 0
    and (dated.months_ago = 0 or dated.month + interval '1 month' - interval '365 days' >= periods.history_start)
order by dated.month
