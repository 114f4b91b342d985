-- Grain: one row per invoice with an amount that is open as of $as_of: invoiced less paid, credited and written off.
--
-- Columns as in reminders_entries. due_on: the latest of the invoice's own, else $reminders_pay_days days after its first day.
-- Payments without their invoice are no invoice.
--
-- Parameters: $as_of, $reminders_pay_days.
with invoices as (
    select
        cast(invoice_id as varchar) as id,
        max(cast(customer_id as varchar)) filter (where entry = 'invoice') as customer_id,
        max(cast(due_on as date)) filter (where entry = 'invoice') as due_on,
        min(cast(day as date)) filter (where entry = 'invoice') as invoiced_on,
        sum(case when entry = 'invoice' then cast(amount as decimal(38, 6)) when entry in ('payment', 'credit_note', 'write_off') then -cast(amount as decimal(38, 6)) end) as open_amount
    from receivables
    where cast(day as date) <= cast($as_of as date)
    group by cast(invoice_id as varchar)
)

select
    'invoice' as kind,
    id,
    customer_id,
    coalesce(due_on, cast(invoiced_on + interval $reminders_pay_days day as date)) as due_on,
    cast(null as varchar) as reason,
    cast(open_amount as decimal(38, 6)) as amount,
    cast(null as varchar) as account_manager
from invoices
where invoiced_on is not null and open_amount > 0
