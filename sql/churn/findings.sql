-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $period_start, $period_end, $least_customers, $late_share.
-- $least_customers must be a whole number of 1 or more
-- $late_share must be a number from 0 to 1
-- Customers of class A are later than nine of ten of their own gaps. By this measure one in ten is so at any time; here they
-- are more. At stake is their average revenue of a period of this length over the last 365 days.
with valuable_late as (
    select
        'valuable_late' as rule,
        cast(
            cast(sum(case when churn.late and churn.revenue_12m > 0 then churn.revenue_12m end) as decimal(38, 6))
            * cast(cast($period_end as date) - cast($period_start as date) + 1 as bigint) / 365 as decimal(38, 6)
        ) as money,
        cast(cast(count(case when churn.late then 1 end) as double) / count(*) as decimal(38, 6)) as value,
        cast(null as decimal(38, 6)) as before,
        cast(null as decimal(38, 6)) as change,
        count(case when churn.late then 1 end) as customers,
        count(*) as of_customers,
        'A' as name,
        'churn' as step
    from churn
    inner join customer_rank on churn.customer_id = customer_rank.customer_id
    where customer_rank.class = 'A'
    having
        count(*) >= $least_customers
        and cast(count(case when churn.late then 1 end) as double) > cast($late_share as double) * count(*)
)

select *, false as of_data from valuable_late
