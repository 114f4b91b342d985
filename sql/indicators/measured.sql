-- Grain: one row per indicator of the last full period. None where there is no history.
--
-- indicator    key
-- position     its place in the list
-- numerator    decimal; customers, money, days or pairs, as the indicator says
-- denominator  decimal; NULL of a plain count
-- known        history is long enough to tell: $lost_after_days before the period where it must be known who was a
--              customer before, 12, 13 or 24 months where that is the span
-- comparable   earlier figures can be compared with it. Not so if it moves with the length of history: customers who were
--              ever lost, and the mean tenure unless it is known when each customer joined
--
-- Parameters: $as_of, $period_start, $period_end, $lost_after_days, $indicators_loyal_orders, $margin.
-- $lost_after_days must be a whole number from 1 to 3650
-- $margin must be a number from 0 to 1
with told as (
    select
        cast($period_start as date) - history_start >= cast($lost_after_days as bigint) as before_known,
        history_days >= 365 as year_known,
        history_start <= cast($period_end as date) + interval '1 day' - interval '12 months' as months_known,
        history_days >= 730 as years_known,
        history_start <= cast($period_start as date) - interval '365 days' as classes_known
    from periods
),

counted as (
    select
        count(*) filter (where in_opening) as opening,
        count(*) filter (where is_new) as new,
        count(*) filter (where in_opening and not in_closing) as lost,
        count(*) filter (where in_opening and closing_class > opening_class) as up,
        count(*) filter (where in_opening and closing_class < opening_class) as down,
        count(*) filter (where was_lost) as was_lost,
        count(*) filter (where came_back) as came_back,
        count(*) filter (where orders > 0) as active,
        coalesce(sum(cast($period_end as date) - since) filter (where orders > 0), 0) as tenure,
        coalesce(sum(revenue) filter (where is_repeat), 0) as repeat_revenue,
        coalesce(sum(profit) filter (where is_repeat), 0) as repeat_profit
    from indicators_customers
),

-- All money of the period, that of customers who only returned goods too: as in the headline.
money as (
    select
        coalesce(sum(revenue), 0) as revenue,
        cast(
            coalesce(sum(costed_revenue), 0) - coalesce(sum(cost), 0)
            + (coalesce(sum(revenue), 0) - coalesce(sum(costed_revenue), 0)) * cast($margin as decimal(18, 9))
            as decimal(38, 6)
        ) as profit
    from customer_day
    where day between cast($period_start as date) and cast($period_end as date)
),

years as (
    select
        count(*) filter (where orders_12m >= 1) as buyers,
        count(*) filter (where orders_12m >= 2) as repeat_buyers,
        coalesce(sum(revenue_12m), 0) as revenue,
        coalesce(sum(revenue_12m) filter (where orders_12m >= cast($indicators_loyal_orders as bigint)), 0) as loyal_revenue
    from customer_summary
),

-- As in retention_what_if.
two_years as (
    select
        customer_id,
        bool_or(day > cast($as_of as date) - interval '365 days') as last_year,
        bool_or(day <= cast($as_of as date) - interval '365 days') as year_before
    from customer_day
    where orders > 0 and day <= cast($as_of as date) and day > cast($as_of as date) - interval '730 days'
    group by customer_id
),

kept as (
    select
        count(*) filter (where year_before) as year_before,
        count(*) filter (where year_before and last_year) as both_years
    from two_years
),

pairs as (
    select customer_id, category
    from goods_sold
    where
        day between cast($period_start as date) and cast($period_end as date)
        and category is not null
    group by customer_id, category
    having sum(revenue) > 0
),

deep as (
    select count(*) as pairs, count(distinct customer_id) as customers from pairs
),

joined as (
    select count(*) filter (where indicators_since.joined_on is null) = 0 as is_known
    from indicators_customers
    left join indicators_since on indicators_customers.customer_id = indicators_since.customer_id
),

measured (indicator, position, numerator, denominator, known) as (
    select 'new_customers', 1, new, opening, before_known from counted cross join told
    union all
    select 'lost_customers', 2, lost, opening, before_known from counted cross join told
    union all
    select 'upgraded_customers', 3, up, opening, classes_known from counted cross join told
    union all
    select 'downgraded_customers', 4, down, opening, classes_known from counted cross join told
    union all
    select 'acquisition_rate', 6, new, active, before_known from counted cross join told
    union all
    select 'retention_rate', 7, both_years, year_before, years_known from kept cross join told
    union all
    select 'repurchase_rate', 8, repeat_buyers, buyers, year_known from years cross join told
    union all
    select 'reactivation_rate', 9, came_back, was_lost, before_known from counted cross join told
    union all
    select 'active_customers', 13, active, null, true from counted cross join told
    union all
    select 'mean_tenure', 14, tenure, active, before_known from counted cross join told
    union all
    select 'categories_a_customer', 16, pairs, customers, true from deep cross join told
),

valued (indicator, position, numerator, denominator, known) as (
    select 'repeat_sales_share', 10, counted.repeat_revenue, money.revenue, told.months_known
    from counted
    cross join money
    cross join told
    union all
    select 'repeat_profit_share', 11, counted.repeat_profit, money.profit, told.months_known
    from counted
    cross join money
    cross join told
    union all
    select 'loyal_share', 12, years.loyal_revenue, years.revenue, told.year_known
    from years
    cross join told
    union all
    select 'spend_a_customer', 15, money.revenue, counted.active, true
    from money
    cross join counted
    cross join told
    union all
    select 'profit_a_customer', 17, money.profit, counted.active, true
    from money
    cross join counted
    cross join told
)

select
    indicator,
    cast(position as bigint) as position,
    cast(numerator as decimal(38, 6)) as numerator,
    cast(denominator as decimal(38, 6)) as denominator,
    known,
    case indicator
        when 'mean_tenure' then (select is_known from joined)
        when 'reactivation_rate' then false
        else true
    end as comparable
from measured
union all
select
    indicator,
    cast(position as bigint) as position,
    cast(numerator as decimal(38, 6)) as numerator,
    cast(denominator as decimal(38, 6)) as denominator,
    known,
    true as comparable
from valued
order by position
