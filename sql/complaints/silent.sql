-- Grain: one row per customer of class A who is at risk (churn_valuable) and did not complain in the last $complaints_days days,
-- the most revenue first.
--
-- Columns as in churn_valuable. account_manager: who is in charge; NULL where nobody is known.
--
-- Parameters: $as_of, $complaints_days.
with complainers as (
    select distinct customer_id
    from complaints_voices
    where voice = 'complaint' and day > cast(cast($as_of as date) - interval $complaints_days day as date)
)

select
    churn_valuable.customer_id,
    churn_valuable.gap_days,
    churn_valuable.recency_days,
    churn_valuable.lateness,
    in_charge.account_manager,
    churn_valuable.revenue_12m
from churn_valuable
left join complainers on churn_valuable.customer_id = complainers.customer_id
left join in_charge on churn_valuable.customer_id = in_charge.customer_id
where complainers.customer_id is null
order by churn_valuable.revenue_12m desc, churn_valuable.customer_id
