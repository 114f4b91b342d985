-- Grain: one row per key account: high by the most measures first, then the most revenue.
--
-- customer_id      text
-- account_manager  who is in charge; NULL where nobody is known
-- marks, orders_12m, revenue_12m, profit, influence  as in key_accounts_marks
-- last_day         last day with an order
--
-- Parameters: none.
select
    marked.customer_id,
    in_charge.account_manager,
    marked.marks,
    marked.orders_12m,
    marked.revenue_12m,
    marked.profit,
    marked.influence,
    customer_summary.last_day
from key_accounts_marks as marked
inner join customer_summary on marked.customer_id = customer_summary.customer_id
left join in_charge on marked.customer_id = in_charge.customer_id
where marked.is_key
order by marked.marks desc, marked.revenue_12m desc, marked.customer_id
