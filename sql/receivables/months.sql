-- Grain: one row per month with an invoice, of the last 24 with that of $as_of; the oldest first.
--
-- month         of the invoice
-- complete      whether the last day in time of all its invoices is over
-- invoices      how many
-- invoiced, credited, paid, written_off, open   money of these invoices, up to $as_of
-- paid_in_term  of paid, in time
-- term_share    paid_in_term / (invoiced - credited); NULL where that is not above zero, or the month is not complete
--
-- Parameters: $as_of.
with months as (
    select
        cast(date_trunc('month', day) as date) as month,
        min(days_over) >= 1 as complete,
        count(*) as invoices,
        sum(amount) as invoiced,
        sum(credited) as credited,
        sum(paid) as paid,
        sum(written_off) as written_off,
        sum(open) as open,
        sum(paid_in_term) as paid_in_term
    from receivables_invoices
    where day >= cast(date_trunc('month', cast($as_of as date)) - interval '23 months' as date)
    group by 1
)

select
    month,
    complete,
    invoices,
    cast(invoiced as decimal(38, 4)) as invoiced,
    cast(credited as decimal(38, 4)) as credited,
    cast(paid as decimal(38, 4)) as paid,
    cast(written_off as decimal(38, 4)) as written_off,
    cast(open as decimal(38, 4)) as open,
    cast(paid_in_term as decimal(38, 4)) as paid_in_term,
    case
        when complete and invoiced - credited > 0 then cast(paid_in_term as double) / cast(invoiced - credited as double)
    end as term_share
from months
order by month
