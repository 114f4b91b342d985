-- Grain: one row per invoice: invoice id, customer, day and due day. Further invoices under one id, such as instalments, are
-- rows of their own; what is paid under the id goes to the oldest of them first.
--
-- invoice_id, customer_id, day, due_on  as in the source
-- pay_by       the last day in time: the day and $receivables_term_days, or due_on where $receivables_due is by_due_on and the
--              invoice names it
-- age_days     days from the invoice to $as_of
-- days_over    days from pay_by to $as_of; below zero before it
-- amount       money that was invoiced
-- credited     of it, taken off by credit notes
-- paid         of the rest, paid
-- written_off  of the rest, written off
-- open         what is left
-- paid_in_term of paid, on pay_by or before it
-- state        settled: nothing is open; not_yet: younger than $receivables_chase_from days and in time; chase: from that age to
--              pay_by; overdue: the day after pay_by and later
--
-- Parameters: $as_of, $receivables_term_days, $receivables_due, $receivables_chase_from.
-- $receivables_term_days must be a whole number of 1 or more
-- $receivables_chase_from must be a whole number of 0 or more
with items as (
    select
        invoice_id,
        customer_id,
        day,
        due_on,
        sum(amount) as amount,
        case
            when $receivables_due = 'by_due_on' and due_on is not null then due_on
            else cast(day + interval $receivables_term_days day as date)
        end as pay_by
    from receivables_entries
    where reason is null and entry = 'invoice'
    group by invoice_id, customer_id, day, due_on
),

placed as (
    select
        items.*,
        row_number() over (partition by invoice_id order by day, pay_by, due_on, customer_id) as place
    from items
),

settled as (
    select
        invoice_id,
        coalesce(sum(amount) filter (where entry = 'credit_note'), 0) as credits,
        coalesce(sum(amount) filter (where entry = 'payment'), 0) as payments,
        coalesce(sum(amount) filter (where entry = 'write_off'), 0) as write_offs
    from receivables_entries
    where reason is null and entry <> 'invoice'
    group by invoice_id
),

-- What was paid up to the last day in time of each invoice.
paid_by as (
    select placed.invoice_id, placed.place, sum(paying.amount) as payments
    from placed
    inner join receivables_entries as paying
        on placed.invoice_id = paying.invoice_id and paying.day <= placed.pay_by
    where paying.reason is null and paying.entry = 'payment'
    group by placed.invoice_id, placed.place
),

-- Of what there is under the id, older invoices have taken their part.
credited as (
    select
        placed.*,
        coalesce(settled.payments, 0) as payments,
        coalesce(settled.write_offs, 0) as write_offs,
        coalesce(paid_by.payments, 0) as payments_in_term,
        greatest(
            least(
                coalesce(settled.credits, 0)
                - (sum(placed.amount) over (partition by placed.invoice_id order by placed.place) - placed.amount),
                placed.amount
            ),
            0
        ) as credited
    from placed
    left join settled on placed.invoice_id = settled.invoice_id
    left join paid_by on placed.invoice_id = paid_by.invoice_id and placed.place = paid_by.place
),

netted as (
    select
        credited.*,
        amount - credited as net,
        sum(amount - credited) over (partition by invoice_id order by place) - (amount - credited) as net_earlier
    from credited
),

paid as (
    select
        netted.*,
        greatest(least(payments - net_earlier, net), 0) as paid,
        greatest(least(payments_in_term - net_earlier, net), 0) as by_term
    from netted
),

left_over as (
    select
        paid.*,
        net - paid as rest,
        sum(net - paid) over (partition by invoice_id order by place) - (net - paid) as rest_earlier
    from paid
),

written as (
    select left_over.*, greatest(least(write_offs - rest_earlier, rest), 0) as written_off from left_over
)

select
    invoice_id,
    customer_id,
    day,
    due_on,
    pay_by,
    cast($as_of as date) - day as age_days,
    cast($as_of as date) - pay_by as days_over,
    cast(amount as decimal(38, 4)) as amount,
    cast(credited as decimal(38, 4)) as credited,
    cast(paid as decimal(38, 4)) as paid,
    cast(written_off as decimal(38, 4)) as written_off,
    cast(rest - written_off as decimal(38, 4)) as open,
    -- A payment that was taken back later is no payment.
    cast(least(by_term, paid) as decimal(38, 4)) as paid_in_term,
    case
        when rest - written_off = 0 then 'settled'
        when cast($as_of as date) > pay_by then 'overdue'
        when cast($as_of as date) - day >= $receivables_chase_from then 'chase'
        else 'not_yet'
    end as state
from written
order by day, invoice_id, place
