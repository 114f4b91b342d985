-- Grain: one row per reason of a complaint of the last $service_days, the one whose customers bring most first.
--
-- reason                 '-' where the source names none
-- complaints, customers  a customer with complaints for two reasons is in both rows
-- revenue_12m            money of these customers
-- revenue_share          of that of all customers; NULL where it is not above zero
-- class_a                of the customers, those of class A
-- open, solved, unsolved, median_days  as in service
-- solved_share           solved / (solved + unsolved + open)
--
-- Parameters: $as_of, $service_days.
with recent as (
    select * from service_complaints where day > cast($as_of as date) - cast($service_days as int)
),

concerned as (
    select
        complained.reason,
        count(*) as customers,
        coalesce(sum(customer_summary.revenue_12m), 0) as revenue_12m,
        count(*) filter (where customer_rank.class = 'A') as class_a
    from (select distinct reason, customer_id from recent) as complained
    left join customer_summary on complained.customer_id = customer_summary.customer_id
    left join customer_rank on complained.customer_id = customer_rank.customer_id
    group by complained.reason
),

counted as (
    select
        reason,
        count(*) as complaints,
        count(*) filter (where closed_on is null) as open,
        count(*) filter (where solved) as solved,
        count(*) filter (where closed_on is not null and not solved) as unsolved,
        percentile(distribution(days), 0.5) as median_days
    from recent
    group by reason
),

everybody as (
    select sum(revenue_12m) as revenue_12m from customer_summary
)

select
    counted.reason,
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
    cast(counted.solved as double) / counted.complaints as solved_share,
    counted.median_days
from counted
inner join concerned on counted.reason = concerned.reason
cross join everybody
order by concerned.revenue_12m desc, counted.complaints desc, counted.reason
