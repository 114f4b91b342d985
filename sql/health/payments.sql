-- Grain: one row per customer with an invoice up to $as_of.
--
-- got  1 if no open invoice is past its day, else 1 - days of the oldest / $health_late_days, 0 at least. An invoice without a due
--      day is due $health_pay_days days after its first day
--
-- Parameters: $as_of, $health_pay_days, $health_late_days.
with invoices as (
    select
        cast(invoice_id as varchar) as invoice_id,
        max(cast(customer_id as varchar)) filter (where entry = 'invoice') as customer_id,
        coalesce(
            max(cast(due_on as date)) filter (where entry = 'invoice'),
            cast(min(cast(day as date)) filter (where entry = 'invoice') + interval $health_pay_days day as date)
        ) as due_on,
        sum(
            case
                when entry = 'invoice' then cast(amount as decimal(38, 6))
                when entry in ('payment', 'credit_note', 'write_off') then -cast(amount as decimal(38, 6))
            end
        ) as open_amount
    from receivables
    where cast(day as date) <= cast($as_of as date)
    group by cast(invoice_id as varchar)
)

select
    customer_id,
    'payment' as driver,
    greatest(
        1 - cast(
            greatest(coalesce(cast($as_of as date) - min(due_on) filter (where open_amount > 0), 0), 0) as double
        ) / cast($health_late_days as double),
        0
    ) as got
from invoices
where customer_id is not null
group by customer_id
