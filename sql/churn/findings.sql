-- Grain: one row per rule that fired and thing that it fired for; columns as in findings.sql. `of_data`: the rule speaks of
-- the data and holds for any number of customers.
--
-- Parameters: $least_customers, $late_share.
-- $least_customers must be a whole number of 1 or more
-- $late_share must be a number from 0 to 1
-- Customers of class A are at risk. By the longest tenth of gaps alone one in ten would be so at any time; here they are more.
-- At stake is what they brought in the last 365 days. The rows are those of churn_valuable.
with valuable as (
    select
        count(*) as of_customers,
        count(case when churn.status = 'at_risk' then 1 end) as customers,
        sum(churn.revenue_at_risk) as money
    from churn
    inner join customer_rank on churn.customer_id = customer_rank.customer_id
    where customer_rank.class = 'A'
)

select
    'valuable_late' as rule,
    cast(money as decimal(38, 6)) as money,
    cast(cast(customers as double) / of_customers as decimal(38, 6)) as value,
    cast(null as decimal(38, 6)) as before,
    cast(null as decimal(38, 6)) as change,
    customers,
    of_customers,
    'A' as name,
    'churn_valuable' as step,
    false as of_data
from valuable
where of_customers >= $least_customers and cast(customers as double) > cast($late_share as double) * of_customers
