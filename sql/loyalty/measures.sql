-- Grain: one row per measure of loyalty, now and a year ago; none where nobody ordered in the last 365 days.
--
-- measure     repeat_rate: as in the headline; loyal_share: customers with $loyalty_least_days days with an order or more, of those
--             with one, in 365 days; loyal_revenue: their share of revenue; full_price: share of the sales of these at no
--             discount, where discounts are known
-- numerator, denominator   NULL of repeat_rate, which the headline gives
-- measured    their ratio; NULL where it has no meaning
-- a_year_ago  the same up to a year ago; NULL where history does not cover those 365 days
--
-- Parameters: $as_of, $loyalty_least_days.
with spent as (
    select
        customer_day.customer_id,
        case when customer_day.day > cast($as_of as date) - 365 then 0 else 1 end as years,
        count(*) filter (where customer_day.orders > 0) as days,
        sum(customer_day.revenue) as revenue
    from customer_day
    where customer_day.day <= $as_of and customer_day.day > cast($as_of as date) - 730
    group by 1, 2
),

discounts as (
    select
        customer_id,
        case when day > cast($as_of as date) - 365 then 0 else 1 end as years,
        sum(priced) as priced,
        sum(priced) - coalesce(sum(discounted), 0) as full_price
    from loyalty_days
    where day <= $as_of and day > cast($as_of as date) - 730
    group by 1, 2
),

counted as (
    select
        spent.years,
        count(*) filter (where spent.days > 0) as customers,
        count(*) filter (where spent.days >= $loyalty_least_days) as loyal,
        sum(spent.revenue) as revenue,
        coalesce(sum(spent.revenue) filter (where spent.days >= $loyalty_least_days), 0) as loyal_revenue,
        sum(discounts.priced) filter (where spent.days >= $loyalty_least_days) as priced,
        sum(discounts.full_price) filter (where spent.days >= $loyalty_least_days) as full_price
    from spent
    left join discounts on spent.customer_id = discounts.customer_id and spent.years = discounts.years
    group by spent.years
),

parts as (
    select years, 'loyal_share' as measure, 2 as place, cast(loyal as double) as numerator, cast(customers as double) as denominator
    from counted
    union all
    select years, 'loyal_revenue', 3, cast(loyal_revenue as double), cast(revenue as double) from counted
    union all
    select years, 'full_price', 4, cast(full_price as double), cast(priced as double) from counted
),

reached as (
    select min(day) <= cast($as_of as date) - 729 as is_reached from customer_day where day <= $as_of
),

measures as (
    select 'repeat_rate' as measure, 1 as place, cast(null as double) as numerator, cast(null as double) as denominator,
        cast(now as double) as measured, cast(year_ago as double) as a_year_ago
    from headline
    where figure = 'repeat_rate'
    union all
    select
        now.measure,
        now.place,
        now.numerator,
        now.denominator,
        case when now.denominator > 0 then now.numerator / now.denominator end,
        case when reached.is_reached and earlier.denominator > 0 then earlier.numerator / earlier.denominator end
    from parts as now
    cross join reached
    left join parts as earlier on now.measure = earlier.measure and earlier.years = 1
    where now.years = 0
)

select measure, numerator, denominator, measured, a_year_ago
from measures
where (select count(*) from loyalty_customers) > 0
order by place
