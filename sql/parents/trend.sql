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
with of_years as (
    select
        coalesce(parents_roots.group_id, customer_day.customer_id) as group_id,
        customer_day.customer_id,
        trailing_sums(customer_day.revenue, customer_day.day, $as_of) as years
    from customer_day
    left join parents_roots on customer_day.customer_id = parents_roots.customer_id
    where customer_day.day <= cast($as_of as date) and (customer_day.orders > 0 or customer_day.revenue <> 0)
    group by coalesce(parents_roots.group_id, customer_day.customer_id), customer_day.customer_id
),

each_year as (
    select
        group_id,
        unnest(years) as amount,
        unnest(range(12, -1, -1)) as months_ago,
        unnest(
            generate_series(
                cast(date_trunc('month', cast($as_of as date)) as date) - interval '12 months',
                cast(date_trunc('month', cast($as_of as date)) as date),
                interval '1 month'
            )
        ) as month
    from of_years
),

amounts as (
    select month, months_ago, group_id, amount
    from each_year
    where amount is not null and months_ago % 3 = 0
),

rolled_up as (
    select month, months_ago, group_id, sum(amount) as amount
    from amounts
    group by month, months_ago, group_id
),

customers as (
    select month, months_ago, distribution(cast(amount as decimal(38, 6))) as customers
    from amounts
    group by month, months_ago
),

groups as (
    select month, distribution(cast(amount as decimal(38, 6))) as groups
    from rolled_up
    group by month
)

select
    cast(customers.month as date) as month,
    customers.customers['count'] as customers,
    groups.groups['count'] as groups,
    customers.customers['total'] as revenue,
    cast(top_sum(customers.customers, 10) as double) / cast(customers.customers['total'] as double) as customers_share,
    cast(top_sum(groups.groups, 10) as double) / cast(groups.groups['total'] as double) as groups_share
from customers
inner join groups on customers.month = groups.month
cross join periods
where
    customers.customers['total'] > 0
    and (customers.months_ago = 0 or customers.month + interval '1 month' - interval '365 days' >= periods.history_start)
order by 1
