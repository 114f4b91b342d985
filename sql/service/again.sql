-- Grain: three rows, how a complaint was handled: who bought again within $service_again_days. Of each customer the first
-- complaint of $service_days of which these days are over.
--
-- handling         at_once: solved within $service_at_once_days; solved: later, within $service_again_days; unsolved: not within
--                  these days, or closed with an outcome of $service_unsolved
-- customers        how many complained
-- again            with an order on a later day, within $service_again_days of the complaint
-- rate, low, high  again / customers, with Wilson's 95 % interval; NULL without a customer
-- textbook         what textbooks print: 0.9, 0.8, 0.2; NULL without a customer, as nothing that is measured stands beside it
-- rate_drawn       rate of $least_customers or more; else NULL
--
-- Parameters: $as_of, $service_days, $service_again_days, $service_at_once_days, $least_customers.
-- $least_customers must be a whole number of 1 or more
with first_ones as (
    select
        *,
        row_number() over (partition by customer_id order by day, interaction_id) as number
    from service_complaints
    where
        day <= cast($as_of as date) - cast($service_again_days as int)
        and day > cast($as_of as date) - cast($service_again_days as int) - cast($service_days as int)
),

followed as (
    select
        first_ones.customer_id,
        case
            when first_ones.solved and first_ones.days <= $service_at_once_days then 'at_once'
            when first_ones.solved and first_ones.days <= $service_again_days then 'solved'
            else 'unsolved'
        end as handling,
        count(customer_day.day) > 0 as again
    from first_ones
    left join customer_day
        on first_ones.customer_id = customer_day.customer_id
        and customer_day.orders > 0
        and customer_day.day > first_ones.day
        and customer_day.day <= first_ones.day + cast($service_again_days as int)
    where first_ones.number = 1
    group by first_ones.customer_id, first_ones.solved, first_ones.days
),

counted as (
    select
        s.handling,
        s.textbook,
        s.place,
        count(followed.customer_id) as customers,
        count(*) filter (where followed.again) as again
    from (values ('at_once', 0.9, 1), ('solved', 0.8, 2), ('unsolved', 0.2, 3)) as s(handling, textbook, place)
    left join followed on s.handling = followed.handling
    group by s.handling, s.textbook, s.place
),

rates as (
    select
        *,
        cast(again as double) / nullif(customers, 0) as p,
        cast(nullif(customers, 0) as double) as n
    from counted
)

select
    handling,
    customers,
    again,
    p as rate,
    (p + 1.9208 / n - 1.96 * sqrt((p * (1 - p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as low,
    (p + 1.9208 / n + 1.96 * sqrt((p * (1 - p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as high,
    case when customers > 0 then cast(textbook as double) end as textbook,
    case when customers >= $least_customers then p end as rate_drawn
from rates
order by place
