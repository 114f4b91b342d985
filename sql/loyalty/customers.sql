-- Grain: one row per customer with an order in the last 365 days, the most revenue first.
--
-- customer_id
-- days            days with an order
-- price_days      of these: half of the day's money or more was of rows with a discount
-- incentive_days  of these: days of a promotion, or with double points (loyalty_marked_days)
-- price_errors, incentive_errors  by how many standard errors these are above what the share of all customers' days leads to
--                 expect: (x - n p) / sqrt(n p (1 - p)); NULL where p is 0 or 1
-- gap_ratio       90th percentile of the gaps between days with an order over their median, of all history; NULL below
--                 $loyalty_habit_days days
-- type            few: fewer days than $loyalty_least_days; else the first that holds of
--                 price: price_days / days of $loyalty_type_share or more, and price_errors of $loyalty_sigmas or more;
--                 incentive: the same of incentive_days;
--                 habit: gap_ratio of $loyalty_habit_ratio or less;
--                 else other: none that purchases can tell
-- also_incentive  price, and incentive as well
-- sales, discounted  money of rows of zero or more; of it, of rows with a discount
-- revenue_12m     money
--
-- Parameters: $as_of, $loyalty_least_days, $loyalty_type_share, $loyalty_sigmas, $loyalty_habit_days, $loyalty_habit_ratio.
with marked as (
    select distinct day from loyalty_marked_days
),

each as (
    select
        loyalty_days.customer_id,
        count(*) as days,
        count(*) filter (where 2 * loyalty_days.discounted >= loyalty_days.sales and loyalty_days.discounted > 0) as price_days,
        count(marked.day) as incentive_days,
        sum(loyalty_days.sales) as sales,
        coalesce(sum(loyalty_days.discounted), 0) as discounted
    from loyalty_days
    left join marked on loyalty_days.day = marked.day
    where loyalty_days.day <= $as_of and loyalty_days.day > cast($as_of as date) - 365
    group by loyalty_days.customer_id
),

usual as (
    select
        cast(sum(price_days) as double) / sum(days) as price,
        cast(sum(incentive_days) as double) / sum(days) as incentive
    from each
),

measured as (
    select
        each.*,
        (each.price_days - each.days * usual.price) / sqrt(nullif(each.days * usual.price * (1 - usual.price), 0)) as price_errors,
        (each.incentive_days - each.days * usual.incentive)
        / sqrt(nullif(each.days * usual.incentive * (1 - usual.incentive), 0)) as incentive_errors,
        case
            when customer_summary.active_days >= $loyalty_habit_days
                then cast(customer_summary.p90_gap_days as double) / nullif(cast(customer_summary.median_gap_days as double), 0)
        end as gap_ratio,
        customer_summary.revenue_12m
    from each
    cross join usual
    inner join customer_summary on each.customer_id = customer_summary.customer_id
),

told as (
    select
        *,
        coalesce(
            cast(price_days as double) / days >= cast($loyalty_type_share as double) and price_errors >= cast($loyalty_sigmas as double),
            false
        ) as is_price,
        coalesce(
            cast(incentive_days as double) / days >= cast($loyalty_type_share as double)
            and incentive_errors >= cast($loyalty_sigmas as double),
            false
        ) as is_incentive,
        coalesce(gap_ratio <= cast($loyalty_habit_ratio as double), false) as is_habit
    from measured
)

select
    customer_id,
    days,
    price_days,
    incentive_days,
    price_errors,
    incentive_errors,
    gap_ratio,
    case
        when days < $loyalty_least_days then 'few'
        when is_price then 'price'
        when is_incentive then 'incentive'
        when is_habit then 'habit'
        else 'other'
    end as type,
    days >= $loyalty_least_days and is_price and is_incentive as also_incentive,
    sales,
    discounted,
    revenue_12m
from told
order by revenue_12m desc, customer_id
