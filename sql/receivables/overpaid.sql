-- Grain: one row per invoice id for which more was paid, credited or written off than was invoiced; the most money first.
--
-- invoice_id   text
-- customer_id  of its oldest invoice
-- invoiced     money
-- credited, paid, written_off  all under the id
-- overpaid     what is too much
-- last_day     the last such entry
--
-- Parameters: none.
with invoiced as (
    select
        invoice_id,
        sum(amount) as invoiced,
        sum(credited) as credited,
        sum(paid) as paid,
        sum(written_off) as written_off,
        first_value(customer_id order by day, pay_by, customer_id) as customer_id
    from receivables_invoices
    group by invoice_id
),

taken as (
    select
        invoice_id,
        greatest(coalesce(sum(amount) filter (where entry = 'credit_note'), 0), 0) as credited,
        greatest(coalesce(sum(amount) filter (where entry = 'payment'), 0), 0) as paid,
        greatest(coalesce(sum(amount) filter (where entry = 'write_off'), 0), 0) as written_off,
        max(day) as last_day
    from receivables_entries
    where reason is null and entry <> 'invoice'
    group by invoice_id
)

select
    invoiced.invoice_id,
    invoiced.customer_id,
    cast(invoiced.invoiced as decimal(38, 4)) as invoiced,
    cast(taken.credited as decimal(38, 4)) as credited,
    cast(taken.paid as decimal(38, 4)) as paid,
    cast(taken.written_off as decimal(38, 4)) as written_off,
    cast(
        taken.credited + taken.paid + taken.written_off - invoiced.credited - invoiced.paid - invoiced.written_off
        as decimal(38, 4)
    ) as overpaid,
    taken.last_day
from invoiced
inner join taken on invoiced.invoice_id = taken.invoice_id
where taken.credited + taken.paid + taken.written_off > invoiced.credited + invoiced.paid + invoiced.written_off
order by overpaid desc, invoiced.invoice_id
