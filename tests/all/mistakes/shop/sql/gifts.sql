-- Grain: one row per customer with a gift, the most money first.
select customer_id, case when sum(amount) > 30 then 'large' else 'small' end as size, sum(amount) as revenue
from transactions
where amount >= $least
group by customer_id
order by revenue desc, customer_id
