-- Grain: one row per customer who came new or was lost in the last full period, or is at risk; each for one reason. So each
-- customer with the status at_risk is here.
--
-- customer_id      text
-- account_manager  text: who is in charge (in_charge); `-`: nobody
-- event            new: the first order lies in the period; lost: the customer became lost in it (lost_on of churn); at_risk:
--                  that status, and not new in the period
-- status           of churn
-- recency_days     days since the last order
-- last_day         last day with an order
-- revenue_12m      money of the last 12 months
--
-- Parameters: $period_start, $period_end.
with told as (
    select
        customer_summary.customer_id,
        coalesce(in_charge.account_manager, '-') as account_manager,
        case
            when customer_summary.first_day between cast($period_start as date) and cast($period_end as date) then 'new'
            when churn.lost_on between cast($period_start as date) and cast($period_end as date) then 'lost'
            when churn.status = 'at_risk' then 'at_risk'
        end as event,
        churn.status,
        customer_summary.recency_days,
        customer_summary.last_day,
        customer_summary.revenue_12m
    from customer_summary
    inner join churn on customer_summary.customer_id = churn.customer_id
    left join in_charge on customer_summary.customer_id = in_charge.customer_id
)

select customer_id, account_manager, event, status, recency_days, last_day, revenue_12m
from told
where event is not null
order by account_manager, event, revenue_12m desc, customer_id
