-- Grain: one row per customer with an order or a return who had an account manager on the last day of the period.
--
-- customer_id
-- account_manager  the one with the largest share; of equal ones the first by name
--
-- Parameters: $period_end.
with shares as (
    select held.customer_id, held.account_manager, sum(held.share) as share
    from manager_scores_held as held
    inner join customer_summary on held.customer_id = customer_summary.customer_id
    where cast($period_end as date) between held.from_day and held.to_day
    group by held.customer_id, held.account_manager
)

select customer_id, first_value(account_manager order by share desc, account_manager) as account_manager
from shares
group by customer_id
order by customer_id
