-- Grain: one row per customer with a birthday from $as_of to $care_days days later. 29 February is the 28th in other years.
--
-- Columns as in care_entries. since: $care_days days before the birthday.
--
-- Parameters: $as_of, $care_days.
with people as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(extract(month from min(birthday)) as bigint) as month,
        cast(extract(day from min(birthday)) as bigint) as day_of_month
    from customers
    where birthday is not null
    group by cast(customer_id as varchar)
),

-- The days of the window, each with the month and the day that are celebrated on it.
window_days as (
    select cast(day as date) as day
    from (
        select unnest(generate_series(cast($as_of as date), cast($as_of as date) + interval $care_days day, interval 1 day)) as day
    ) as all_days
),

celebrated as (
    select
        day,
        cast(extract(month from day) as bigint) as month,
        cast(extract(day from day) as bigint) as day_of_month
    from window_days
    union all
    select day, 2 as month, 29 as day_of_month
    from window_days
    where
        extract(month from day) = 2
        and extract(day from day) = 28
        and extract(day from day + interval 1 day) = 1
),

-- With a window of a year or more a birthday comes twice: the first counts.
nearest as (
    select people.customer_id, min(celebrated.day) as due_on
    from people
    inner join celebrated on people.month = celebrated.month and people.day_of_month = celebrated.day_of_month
    group by people.customer_id
)

select
    'birthday' as kind,
    customer_id,
    cast(due_on - interval $care_days day as date) as since,
    due_on,
    cast(null as varchar) as card,
    cast(null as varchar) as name,
    cast(null as decimal(38, 6)) as money,
    cast(null as bigint) as points,
    cast(null as bigint) as days
from nearest
