-- Grain: one row per customer, account manager and span of days. Without the source `assignments` those of the source
-- `customers`, for all days and in full.
--
-- customer_id, account_manager  text
-- from_day, to_day  first and last day
-- share             of the customer's money
--
-- Parameters: none.
with people as (
    select cast(customer_id as varchar) as customer_id, max(cast(account_manager as varchar)) as account_manager
    from customers
    where account_manager is not null
    group by customer_id
)

select
    customer_id,
    account_manager,
    coalesce(from_day, date '0001-01-01') as from_day,
    coalesce(to_day, date '9999-12-31') as to_day,
    share
from manager_scores_shares
union all
select customer_id, account_manager, date '0001-01-01', date '9999-12-31', cast(1 as double)
from people
where not exists (select 1 from manager_scores_shares)
order by customer_id, from_day, account_manager
