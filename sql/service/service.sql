-- Grain: one row: complaints of the last $service_days and their customers.
--
-- complaints, customers     how many, and of how many customers
-- revenue_12m               money of these customers; 0 of those without a transaction
-- revenue_share             of that of all customers; NULL where it is not above zero
-- class_a                   of the customers, those of class A
-- open, solved, unsolved    complaints: not closed at $as_of; closed and solved; closed and not solved
-- median_days               of the closed ones: half were closed within so many days; NULL without one
-- complaints_before         of as many days up to a year earlier; NULL where history does not reach that far
--
-- Parameters: $as_of, $service_days.
with recent as (
    select * from service_complaints where day > cast($as_of as date) - cast($service_days as int)
),

concerned as (
    select
        count(*) as customers,
        coalesce(sum(customer_summary.revenue_12m), 0) as revenue_12m,
        count(*) filter (where customer_rank.class = 'A') as class_a
    from (select distinct customer_id from recent) as complained
    left join customer_summary on complained.customer_id = customer_summary.customer_id
    left join customer_rank on complained.customer_id = customer_rank.customer_id
),

everybody as (
    select sum(revenue_12m) as revenue_12m from customer_summary
),

counted as (
    select
        count(*) as complaints,
        count(*) filter (where closed_on is null) as open,
        count(*) filter (where solved) as solved,
        count(*) filter (where closed_on is not null and not solved) as unsolved,
        percentile(distribution(days), 0.5) as median_days
    from recent
),

earlier as (
    select count(*) as complaints
    from service_complaints
    where
        day <= cast($as_of as date) - 365
        and day > cast($as_of as date) - 365 - cast($service_days as int)
),

reached as (
    select min(day) <= cast($as_of as date) - 364 - cast($service_days as int) as is_reached from service_complaints
)

select
    counted.complaints,
    concerned.customers,
    concerned.revenue_12m,
    case
        when everybody.revenue_12m > 0 then cast(concerned.revenue_12m as double) / cast(everybody.revenue_12m as double)
    end as revenue_share,
    concerned.class_a,
    counted.open,
    counted.solved,
    counted.unsolved,
    counted.median_days,
    case when reached.is_reached then earlier.complaints end as complaints_before
from counted
cross join concerned
cross join everybody
cross join earlier
cross join reached
