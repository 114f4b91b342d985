-- Grain: one row per invoice to be chased or overdue; what is overdue first, the most money first.
--
-- state            overdue, chase
-- account_manager  NULL where none is known
-- customer_id, invoice_id, day, pay_by, age_days  as in receivables_invoices
-- days_over        days after pay_by; NULL before it
-- days_left        days to pay_by; NULL after it
-- amount, open     money
-- class, risk      of the customer; NULL where the invoice names none
-- next_step        remind, or visit for class A: not overdue; then by age: call; demand: in the last band but one; decide: in
--                  the last band
--
-- Parameters: $receivables_bands.
select
    items.state,
    who.account_manager,
    items.customer_id,
    items.invoice_id,
    items.day,
    items.pay_by,
    items.age_days,
    case when items.days_over > 0 then items.days_over end as days_over,
    case when items.days_over <= 0 then -items.days_over end as days_left,
    items.amount,
    items.open,
    who.class,
    who.risk,
    case
        when items.state = 'chase' and who.class = 'A' then 'visit'
        when items.state = 'chase' then 'remind'
        when items.age_days > $receivables_bands[cast(array_length($receivables_bands) as bigint)] then 'decide'
        when items.age_days > $receivables_bands[cast(array_length($receivables_bands) as bigint) - 1] then 'demand'
        else 'call'
    end as next_step
from receivables_invoices as items
left join receivables_customers as who on items.customer_id = who.customer_id
where items.state in ('overdue', 'chase')
order by case items.state when 'overdue' then 1 else 2 end, items.open desc, items.invoice_id, items.day
