-- Grain: one row.
--
-- Entries with an invoice, all up to $as_of, money:
-- invoiced, paid, credited, written_off
-- balance            invoiced - paid - credited - written_off
-- open, overpaid, refunds   open amounts; what is too much; what was taken back without having been paid
-- difference         open - overpaid + refunds - balance: 0
--
-- invoices, customers       with an open amount
-- not_yet, chase, overdue   open money by state; with _invoices how many, overdue_customers whose
-- overdue_share      overdue / open; NULL where nothing is open
-- past_due           open money that is in time by the rule, and past the day that the invoice itself names
-- over_90            open for more than 90 days
-- period_invoiced    invoices less credit notes of the last full period
-- period_collected   payments of it
-- collected_share    one divided by the other; NULL where nothing was invoiced
-- term_invoiced      invoices less credit notes, of those whose last day in time lies in the 365 days up to the day before $as_of
-- term_paid          of it, paid in time
-- term_share         one divided by the other
-- days               $receivables_dso_days
-- sales              invoices less credit notes of so many days up to $as_of
-- dso                days sales outstanding: open / sales * days; NULL where sales are not above zero or the source begins later
-- first_day          the first entry
--
-- Parameters: $as_of, $period_start, $period_end, $receivables_dso_days.
-- $receivables_dso_days must be a whole number of 1 or more
with entries as (
    select
        coalesce(sum(amount) filter (where entry = 'invoice'), 0) as invoiced,
        coalesce(sum(amount) filter (where entry = 'payment'), 0) as paid,
        coalesce(sum(amount) filter (where entry = 'credit_note'), 0) as credited,
        coalesce(sum(amount) filter (where entry = 'write_off'), 0) as written_off,
        coalesce(sum(case entry when 'invoice' then amount when 'credit_note' then -amount end) filter (
            where day between $period_start and $period_end
        ), 0) as period_invoiced,
        coalesce(sum(amount) filter (where entry = 'payment' and day between $period_start and $period_end), 0)
            as period_collected,
        coalesce(sum(case entry when 'invoice' then amount when 'credit_note' then -amount end) filter (
            where cast($as_of as date) - day < $receivables_dso_days
        ), 0) as sales,
        min(day) as first_day
    from receivables_entries
    where reason is null
),

items as (
    select
        coalesce(sum(open), 0) as open,
        count(case when open > 0 then 1 end) as invoices,
        count(distinct case when open > 0 then customer_id end) as customers,
        coalesce(sum(open) filter (where state = 'not_yet'), 0) as not_yet,
        coalesce(sum(open) filter (where state = 'chase'), 0) as chase,
        coalesce(sum(open) filter (where state = 'overdue'), 0) as overdue,
        count(case when state = 'chase' then 1 end) as chase_invoices,
        count(case when state = 'overdue' then 1 end) as overdue_invoices,
        count(distinct case when state = 'overdue' then customer_id end) as overdue_customers,
        coalesce(sum(open) filter (where state <> 'overdue' and due_on < $as_of), 0) as past_due,
        coalesce(sum(open) filter (where age_days > 90), 0) as over_90,
        coalesce(sum(amount - credited) filter (where days_over between 1 and 365), 0) as term_invoiced,
        coalesce(sum(paid_in_term) filter (where days_over between 1 and 365), 0) as term_paid
    from receivables_invoices
),

others as (
    select
        coalesce((select sum(overpaid) from receivables_overpaid), 0) as overpaid,
        coalesce((select -sum(amount) from receivables_unallocated where reason = 'below_zero'), 0) as refunds
),

counted as (
    select
        entries.*,
        items.*,
        others.*,
        entries.invoiced - entries.paid - entries.credited - entries.written_off as balance
    from entries
    cross join items
    cross join others
)

select
    cast(invoiced as decimal(38, 4)) as invoiced,
    cast(paid as decimal(38, 4)) as paid,
    cast(credited as decimal(38, 4)) as credited,
    cast(written_off as decimal(38, 4)) as written_off,
    cast(balance as decimal(38, 4)) as balance,
    cast(open as decimal(38, 4)) as open,
    cast(overpaid as decimal(38, 4)) as overpaid,
    cast(refunds as decimal(38, 4)) as refunds,
    cast(open - overpaid + refunds - balance as decimal(38, 4)) as difference,
    invoices,
    customers,
    cast(not_yet as decimal(38, 4)) as not_yet,
    cast(chase as decimal(38, 4)) as chase,
    cast(overdue as decimal(38, 4)) as overdue,
    chase_invoices,
    overdue_invoices,
    overdue_customers,
    cast(overdue as double) / nullif(cast(open as double), 0) as overdue_share,
    cast(past_due as decimal(38, 4)) as past_due,
    cast(over_90 as decimal(38, 4)) as over_90,
    cast(period_invoiced as decimal(38, 4)) as period_invoiced,
    cast(period_collected as decimal(38, 4)) as period_collected,
    case when period_invoiced > 0 then cast(period_collected as double) / cast(period_invoiced as double) end as collected_share,
    cast(term_invoiced as decimal(38, 4)) as term_invoiced,
    cast(term_paid as decimal(38, 4)) as term_paid,
    case when term_invoiced > 0 then cast(term_paid as double) / cast(term_invoiced as double) end as term_share,
    cast($receivables_dso_days as bigint) as days,
    cast(sales as decimal(38, 4)) as sales,
    case
        when sales > 0 and cast($as_of as date) - first_day >= $receivables_dso_days - 1
            then cast(open as double) / cast(sales as double) * cast($receivables_dso_days as double)
    end as dso,
    first_day
from counted
