-- Grain: one row, or none where nobody bought or no conversation of any kind is on record: customers who complained in the last 365 days, of those with an order in
-- these; columns as in satisfaction_rates_measured.
--
-- Parameters: $as_of.
with complained as (
    select distinct customer_id
    from interactions
    where
        kind = 'complaint'
        and occurred_at <= cast($as_of as date)
        and occurred_at > cast($as_of as date) - interval '365 days'
)

select
    'complaint' as rate,
    count(complained.customer_id) as customers,
    count(*) as of_customers
from customer_summary
left join complained on customer_summary.customer_id = complained.customer_id
where customer_summary.orders_12m > 0
having count(*) > 0 and (select count(*) from interactions where occurred_at <= cast($as_of as date)) > 0
