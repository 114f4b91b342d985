-- Grain: one row per question on loyalty (repurchase, recommend, loyalty) and what customers said, yes first; only of answers of
-- which $satisfaction_again_days are over, of $satisfaction_days, each customer's latest.
--
-- question         text
-- said             yes: a rating of $loyalty_yes of the scale or more; no: below $loyalty_no; undecided: between
-- customers        who said so
-- again            with an order on a later day, within $satisfaction_again_days
-- rate, low, high  again / customers, with Wilson's 95 % interval
-- rate_drawn       rate of $least_customers or more; else NULL
--
-- Parameters: $as_of, $satisfaction_days, $satisfaction_again_days, $loyalty_yes, $loyalty_no, $least_customers.
-- $least_customers must be a whole number of 1 or more
with latest as (
    select
        *,
        row_number() over (partition by question, customer_id order by day desc) as newest
    from satisfaction_rated
    where
        question in ('repurchase', 'recommend', 'loyalty')
        and day <= cast($as_of as date) - cast($satisfaction_again_days as int)
        and day > cast($as_of as date) - cast($satisfaction_again_days as int) - cast($satisfaction_days as int)
),

followed as (
    select
        latest.question,
        latest.customer_id,
        case
            when latest.rating >= cast($loyalty_yes as double) - 0.000000001 then 'yes'
            when latest.rating >= cast($loyalty_no as double) - 0.000000001 then 'undecided'
            else 'no'
        end as said,
        count(customer_day.day) > 0 as again
    from latest
    left join customer_day
        on latest.customer_id = customer_day.customer_id
        and customer_day.orders > 0
        and customer_day.day > latest.day
        and customer_day.day <= latest.day + cast($satisfaction_again_days as int)
    where latest.newest = 1
    group by latest.question, latest.customer_id, latest.rating
),

rates as (
    select
        question,
        said,
        count(*) as customers,
        count(*) filter (where again) as again,
        cast(count(*) filter (where again) as double) / count(*) as p,
        cast(count(*) as double) as n
    from followed
    group by question, said
)

select
    question,
    said,
    customers,
    again,
    p as rate,
    (p + 1.9208 / n - 1.96 * sqrt((p * (1 - p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as low,
    (p + 1.9208 / n + 1.96 * sqrt((p * (1 - p) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as high,
    case when customers >= $least_customers then p end as rate_drawn
from rates
order by
    case question when 'repurchase' then 1 when 'loyalty' then 2 else 3 end,
    case said when 'yes' then 1 when 'undecided' then 2 else 3 end
