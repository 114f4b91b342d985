-- Grain: one row per customer whose status (churn) became lost in the last $losses_days days and whom nobody reported since the
-- last order; the most revenue of all time first.
--
-- customer_id      text
-- status_since     lost_on of churn
-- last_day         last day with an order
-- recency_days     days since
-- account_manager  who is in charge; NULL where nobody is known
-- revenue          money of the whole history
--
-- Parameters: $as_of, $losses_days.
with reported as (
    select customer_id, max(lost_on) as lost_on from losses_register group by customer_id
)

select
    churn.customer_id,
    churn.lost_on as status_since,
    customer_summary.last_day,
    churn.recency_days,
    in_charge.account_manager,
    customer_summary.revenue
from churn
inner join customer_summary on churn.customer_id = customer_summary.customer_id
left join reported on churn.customer_id = reported.customer_id and reported.lost_on >= customer_summary.last_day
left join in_charge on churn.customer_id = in_charge.customer_id
where
    churn.status = 'lost'
    and churn.lost_on > cast(cast($as_of as date) - interval $losses_days day as date)
    and reported.customer_id is null
order by customer_summary.revenue desc, churn.customer_id
