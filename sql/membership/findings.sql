-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $least_customers, $dormant_share, $dilution_points.
-- $least_customers must be a whole number of 1 or more
-- $dormant_share must be a number from 0 to 1
-- $dilution_points must be a number from 0 to 1
-- VIPs hold a card and do not come. At stake is what they spent in the last 12 months.
with vips as (
    select
        count(*) as customers,
        count(*) filter (where dormant) as dormant,
        coalesce(sum(spend_12m) filter (where dormant), 0) as money
    from membership
    where is_vip
),

vips_dormant as (
    select
        'vips_dormant' as rule,
        cast(money as decimal(38, 6)) as money,
        cast(cast(dormant as double) / cast(customers as double) as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        dormant as customers,
        customers as of_customers,
        cast(null as varchar) as name,
        'membership_dormant' as step
    from vips
    where customers >= $least_customers and cast(dormant as double) / cast(customers as double) > cast($dormant_share as double)
),

-- A card's holders grew faster than their spend. At stake is what they would spend more if each spent as much as a year ago.
tier_diluted as (
    select
        'tier_diluted' as rule,
        cast(
            cast(revenue_year_ago as decimal(38, 6)) * customers / customers_year_ago - cast(revenue as decimal(38, 6))
            as decimal(38, 6)
        ) as money,
        cast(customers_growth as decimal(38, 6)) as value,
        cast(revenue_growth as decimal(38, 6)) as before,
        cast(customers_growth - revenue_growth as decimal(38, 6)) as change,
        customers,
        customers_year_ago as of_customers,
        cast(tier as varchar) as name,
        'membership_pyramid' as step
    from membership_pyramid
    where
        customers_year_ago >= $least_customers
        and customers_growth > 0
        and cast(customers_growth - revenue_growth as decimal(38, 9)) >= cast($dilution_points as double)
),

-- Customers wait for a card that somebody has to approve. One customer is enough for this finding.
reviews_waiting as (
    select
        'reviews_waiting' as rule,
        cast(sum(spend_12m) as decimal(38, 6)) as money,
        cast(null as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        count(*) as customers,
        cast(null as bigint) as of_customers,
        cast(review as varchar) as name,
        'membership_review' as step
    from membership_review
    where status = 'waiting'
    group by review
),

-- Customers qualify for a card and have none. A few of them are no finding.
cards_owed as (
    select
        'cards_owed' as rule,
        cast(sum(spend_12m) as decimal(38, 6)) as money,
        cast(null as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        count(*) as customers,
        cast(null as bigint) as of_customers,
        cast(null as varchar) as name,
        'membership_enrol' as step
    from membership
    where tier_order = 0 and eligible is not null
    having count(*) >= $least_customers
)

select rule, money, value, before, change, customers, of_customers, name, step, false as of_data from vips_dormant
union all
select rule, money, value, before, change, customers, of_customers, name, step, false as of_data from tier_diluted
union all
select rule, money, value, before, change, customers, of_customers, name, step, false as of_data from reviews_waiting
union all
select rule, money, value, before, change, customers, of_customers, name, step, false as of_data from cards_owed
