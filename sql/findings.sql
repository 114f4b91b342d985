-- Grain: one row per rule that fired and thing that it fired for, most money first; `nothing_unusual` alone
-- where none did.
--
-- rule          key
-- money         decimal, six places: money at stake; NULL where the rule has none
-- value         likewise: the figure that the rule looks at, money, a share or a number
-- before        likewise: what it is compared with; NULL without one
-- change        likewise: value - before
-- customers     the customers concerned; for stray_orders the orders
-- of_customers  of how many
-- name          segment, cohort month, customer, model, day or check, as the rule needs
-- step          the table that the figure comes from
--
-- There is no finding on fewer than $least_customers, be it all customers, a class, a segment or a cohort: what one of a
-- few does is no finding. Rules on the data itself hold for any number. A change must be more than the effect of one
-- customer more or less at a bound, or of many with the same value.
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
with enough as (
    select count(*) >= $least_customers as enough from customer_summary
),

fired as (
    select rule, money, value, before, change, customers, of_customers, name, step
    from all_findings
    where of_data or (select enough from enough)
),

nothing_unusual as (
    select
        'nothing_unusual' as rule,
        cast(null as decimal(38, 6)) as money,
        cast(null as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        cast(null as bigint) as customers,
        cast(null as bigint) as of_customers,
        cast(null as varchar) as name,
        'findings' as step
    from (select count(*) as fired from fired)
    where fired = 0
)

select * from fired
union all
select * from nothing_unusual
order by money desc nulls last, rule, name
