-- Grain: one row per customer with an invoice (receivables_invoices).
--
-- got  1 if no open invoice is past its day, else 1 - days of the oldest / $health_late_days, 0 at least
--
-- Parameters: $as_of, $health_late_days.
select
    cast(customer_id as varchar) as customer_id,
    'payment' as driver,
    greatest(
        1 - cast(
            greatest(coalesce(cast($as_of as date) - min(case when open > 0 then pay_by end), 0), 0) as double
        ) / cast($health_late_days as double),
        0
    ) as got
from receivables_invoices
where customer_id is not null
group by cast(customer_id as varchar)
