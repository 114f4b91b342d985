-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $least_customers, $drained_share.
-- $least_customers must be a whole number of 1 or more
-- $drained_share must be a number from 0 to 1
-- A segment lost customers to lower ones, and nobody replaced them. With scores by quantile, everyone who does not buy sinks
-- through the middle segments. So a fall alone is no news: arrivals from anywhere are taken off. Those who did nothing while
-- a bound moved are taken off too. Customers of one day pass a bound together: the segment must have lost more than these.
-- `others` is no lower place, only an unnamed one. Money: what those who fell had brought in the 365 days before, in proportion
-- to those not replaced.
with fallen as (
    select
        from_segment as segment,
        sum(customers) as customers,
        sum(revenue_12m_before) as revenue_before,
        sum(regraded) as regraded,
        sum(same_day) as same_day
    from migration
    where from_segment <> 'others' and to_segment <> 'others' and to_order > from_order
    group by from_segment
),

arrived as (
    select to_segment as segment, sum(customers) as customers
    from migration
    where from_segment is null or from_segment <> to_segment
    group by to_segment
),

segments_before as (
    select from_segment as segment, sum(customers) as customers
    from migration
    where from_segment is not null
    group by from_segment
),

balances as (
    select
        segments_before.segment,
        segments_before.customers as of_customers,
        fallen.customers - fallen.regraded - coalesce(arrived.customers, 0) as customers,
        fallen.same_day,
        fallen.revenue_before,
        fallen.customers as fallen
    from segments_before
    inner join fallen on segments_before.segment = fallen.segment
    left join arrived on segments_before.segment = arrived.segment
),

segment_drained as (
    select
        'segment_drained' as rule,
        cast(cast(revenue_before as decimal(38, 6)) * customers / fallen as decimal(38, 6)) as money,
        cast(cast(customers as double) / of_customers as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        customers,
        of_customers,
        segment as name,
        'migration' as step
    from balances
    where
        of_customers >= $least_customers
        and cast(customers - same_day as double) / of_customers >= cast($drained_share as double)
)

select *, false as of_data from segment_drained
