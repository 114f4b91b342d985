-- Grain: one row per entry of the source `receivables` up to $as_of.
--
-- invoice_id   text; blank is NULL
-- customer_id  text
-- day          its day
-- due_on       the day by which it is to be paid, of invoices; NULL where the source names none
-- entry        invoice, payment, credit_note, write_off; an invoice below zero is a credit note; others as they stand
-- amount       money, the sign as above: a payment below zero takes a payment back
-- reason       why the entry cannot be allocated: entry (of another kind), no_amount, no_invoice_id, no_invoice (no invoice
--              of this id up to $as_of); NULL where it can
--
-- Parameters: $as_of.
with told as (
    select
        nullif(trim(cast(invoice_id as varchar)), '') as invoice_id,
        cast(customer_id as varchar) as customer_id,
        cast(day as date) as day,
        cast(due_on as date) as due_on,
        case when entry = 'invoice' and amount < 0 then 'credit_note' else cast(entry as varchar) end as entry,
        case when entry = 'invoice' and amount < 0 then -cast(amount as decimal(28, 4)) else cast(amount as decimal(28, 4)) end
            as amount
    from receivables
    where cast(day as date) <= $as_of
),

invoices as (
    select distinct invoice_id from told where entry = 'invoice' and amount is not null and invoice_id is not null
)

select
    told.invoice_id,
    told.customer_id,
    told.day,
    told.due_on,
    told.entry,
    told.amount,
    case
        when told.entry is null or told.entry not in ('invoice', 'payment', 'credit_note', 'write_off') then 'entry'
        when told.amount is null then 'no_amount'
        when told.invoice_id is null then 'no_invoice_id'
        when invoices.invoice_id is null then 'no_invoice'
    end as reason
from told
left join invoices on told.invoice_id = invoices.invoice_id
order by told.day, told.invoice_id, told.entry, told.amount, told.customer_id
