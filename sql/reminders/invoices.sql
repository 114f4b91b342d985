-- Grain: one row per invoice of which an amount is open (receivables_invoices).
--
-- Columns as in reminders_entries. due_on: the last day in time, pay_by there.
--
-- Parameters: none.
select
    'invoice' as kind,
    cast(invoice_id as varchar) as id,
    cast(customer_id as varchar) as customer_id,
    pay_by as due_on,
    cast(null as varchar) as reason,
    cast(open as decimal(38, 6)) as amount,
    cast(null as varchar) as account_manager
from receivables_invoices
where open > 0
