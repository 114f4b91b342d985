-- Grain: one row per account manager whose customers bought goods at their list price in the last $price_discipline_days or in as
-- many before.
--
-- dimension, item, item_as  account_manager; `-`: the source names none; how readers see it
-- listed, paid, listed_before, paid_before  sums of price_discipline_customers
--
-- Parameters: none.
with people as (
    select customer_id, nullif(trim(max(account_manager)), '') as account_manager
    from customers
    group by customer_id
)

select
    'account_manager' as dimension,
    coalesce(people.account_manager, '-') as item,
    case when people.account_manager is null then 'price_discipline.none' else 'text' end as item_as,
    cast(sum(price_discipline_customers.listed) as decimal(38, 6)) as listed,
    cast(sum(price_discipline_customers.paid) as decimal(38, 6)) as paid,
    cast(sum(price_discipline_customers.listed_before) as decimal(38, 6)) as listed_before,
    cast(sum(price_discipline_customers.paid_before) as decimal(38, 6)) as paid_before
from price_discipline_customers
left join people on price_discipline_customers.customer_id = people.customer_id
group by people.account_manager
