-- Grain: one row per account manager whose customers bought goods at their list price in the last $price_discipline_days or in as
-- many before.
--
-- dimension, item, item_as  account_manager; who is in charge (in_charge), `-`: nobody; how readers see it
-- listed, paid, listed_before, paid_before  sums of price_discipline_customers
--
-- Parameters: none.
select
    'account_manager' as dimension,
    coalesce(in_charge.account_manager, '-') as item,
    case when in_charge.account_manager is null then 'price_discipline.none' else 'text' end as item_as,
    cast(sum(price_discipline_customers.listed) as decimal(38, 6)) as listed,
    cast(sum(price_discipline_customers.paid) as decimal(38, 6)) as paid,
    cast(sum(price_discipline_customers.listed_before) as decimal(38, 6)) as listed_before,
    cast(sum(price_discipline_customers.paid_before) as decimal(38, 6)) as paid_before
from price_discipline_customers
left join in_charge on price_discipline_customers.customer_id = in_charge.customer_id
group by in_charge.account_manager
