-- Grain: one row per rule that fired; columns as in findings.sql. `of_data`: the rule speaks of the data and holds whatever
-- the number of customers.
--
-- `customers` of points_unread: the rows without effect.
--
-- Parameters: $liability_share.
-- Rewards for outstanding points come to a large share of a year's revenue.
with liability as (
    select
        'points_liability' as rule,
        cast(liability as decimal(38, 6)) as money,
        cast(liability_share as decimal(38, 6)) as value,
        can_redeem as customers,
        members as of_customers,
        false as of_data
    from points_summary
    where liability_share >= cast($liability_share as double) and liability > 0 and not upper_bound
),

-- The same without redemptions: it may be less, and the finding says so.
liability_at_most as (
    select
        'points_liability_at_most' as rule,
        cast(liability as decimal(38, 6)) as money,
        cast(liability_share as decimal(38, 6)) as value,
        can_redeem as customers,
        members as of_customers,
        false as of_data
    from points_summary
    where liability_share >= cast($liability_share as double) and liability > 0 and upper_bound
),

-- More was redeemed or taken back than was earned: an entry is wrong, an opening balance is missing, or goods came back after
-- their points were spent.
overdrawn as (
    select
        'points_overdrawn' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(overdrawn_points as decimal(38, 6)) as value,
        overdrawn as customers,
        members as of_customers,
        true as of_data
    from points_summary
    where overdrawn > 0 and not upper_bound
),

-- Rows of the source `points` without effect.
unread as (
    select
        'points_unread' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(null as decimal(38, 6)) as value,
        sum(faults) as customers,
        cast(null as bigint) as of_customers,
        true as of_data
    from points_known
    having sum(faults) > 0
),

fired as (
    select rule, money, value, customers, of_customers, of_data from liability
    union all
    select rule, money, value, customers, of_customers, of_data from liability_at_most
    union all
    select rule, money, value, customers, of_customers, of_data from overdrawn
    union all
    select rule, money, value, customers, of_customers, of_data from unread
)

select
    rule,
    money,
    value,
    cast(null as decimal(38, 6)) as before,
    cast(null as decimal(38, 6)) as change,
    customers,
    of_customers,
    cast(null as varchar) as name,
    'points_summary' as step,
    of_data
from fired
