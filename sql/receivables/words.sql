-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- open, invoices, customers    open money, on how many invoices, of how many customers
-- overdue, overdue_invoices, overdue_customers, share  overdue money, likewise; its share of open
-- days                         $receivables_term_days, or of which days the sentence speaks
-- change, since                by how much overdue money changed, and since when
-- chase, chase_invoices        money to be chased
-- dso, dso_before, sales       days sales outstanding, one period earlier, and the sales that they are of
-- invoiced, collected          of the sentence on what was collected; also of the period
-- entries, amount              of what cannot be allocated, or was paid too much
--
-- Parameters: $previous_as_of, $receivables_term_days, $receivables_due.
with known as (
    select
        now.*,
        earlier.overdue as overdue_before,
        earlier.dso as dso_before,
        earlier.first_day is not null as reached
    from receivables_summary as now
    cross join previous.receivables_summary as earlier
),

lost as (
    select coalesce(sum(entries), 0) as entries, sum(amount) as amount from receivables_unallocated
),

too_much as (
    select count(*) as entries, sum(overpaid) as amount from receivables_overpaid
),

sentences (place, position, word) as (
    values
    ('left_out', 1, 'receivables.none'),
    ('answer', 1, 'receivables.answer.settled'),
    ('answer', 1, 'receivables.answer.in_time'),
    ('answer', 1, 'receivables.answer.overdue'),
    ('note', 2, 'receivables.note.rose'),
    ('note', 2, 'receivables.note.fell'),
    ('note', 2, 'receivables.note.same'),
    ('note', 2, 'receivables.note.to_chase'),
    ('note', 3, 'receivables.note.collected'),
    ('note', 3, 'receivables.note.dso_rose'),
    ('note', 3, 'receivables.note.dso_fell'),
    ('note', 3, 'receivables.note.dso'),
    ('note', 4, 'receivables.note.overpaid'),
    ('note', 4, 'receivables.note.unallocated'),
    ('behind', 5, 'receivables.rule.by_days'),
    ('behind', 5, 'receivables.rule.by_due_on'),
    ('behind', 6, 'receivables.note.past_due'),
    ('behind', 7, 'receivables.note.period')
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case sentences.word
        when 'receivables.note.to_chase' then 'receivables_chase'
        when 'receivables.note.unallocated' then 'receivables_unallocated'
        when 'receivables.note.overpaid' then 'receivables_overpaid'
        else 'receivables_summary'
    end as step,
    known.open,
    known.invoices,
    known.customers,
    known.overdue,
    known.overdue_invoices,
    known.overdue_customers,
    known.overdue_share as share,
    case
        when sentences.word like 'receivables.note.dso%' then known.days
        else cast($receivables_term_days as bigint)
    end as days,
    -- The sentence says the direction.
    abs(known.overdue - known.overdue_before) as change,
    cast($previous_as_of as date) as since,
    known.chase,
    known.chase_invoices,
    known.dso,
    known.dso_before,
    known.sales,
    case when sentences.word = 'receivables.note.period' then known.period_invoiced else known.term_invoiced end as invoiced,
    case when sentences.word = 'receivables.note.period' then known.period_collected else known.term_paid end as collected,
    case when sentences.word = 'receivables.note.period' then known.collected_share else known.term_share end as collected_share,
    known.past_due,
    case when sentences.word = 'receivables.note.unallocated' then lost.entries else too_much.entries end as entries,
    case when sentences.word = 'receivables.note.unallocated' then lost.amount else too_much.amount end as amount
from sentences
cross join known
cross join lost
cross join too_much
where
    case sentences.word
        when 'receivables.none' then known.first_day is null
        when 'receivables.answer.settled' then known.first_day is not null and known.open = 0
        when 'receivables.answer.in_time' then known.open > 0 and known.overdue = 0
        when 'receivables.answer.overdue' then known.overdue > 0
        when 'receivables.note.rose' then known.reached and known.overdue > known.overdue_before
        when 'receivables.note.fell' then known.reached and known.overdue < known.overdue_before
        when 'receivables.note.same' then known.reached and known.overdue = known.overdue_before and known.overdue > 0
        when 'receivables.note.to_chase' then known.chase > 0
        when 'receivables.note.collected' then known.term_share is not null
        when 'receivables.note.period' then known.collected_share is not null
        -- As it is printed: whole days.
        when 'receivables.note.dso_rose' then round(known.dso) > round(known.dso_before)
        when 'receivables.note.dso_fell' then round(known.dso) < round(known.dso_before)
        when 'receivables.note.dso'
            then known.dso is not null and (known.dso_before is null or round(known.dso) = round(known.dso_before))
        when 'receivables.note.past_due' then known.past_due > 0
        when 'receivables.note.unallocated' then lost.entries > 0
        when 'receivables.note.overpaid' then too_much.entries > 0
        when 'receivables.rule.by_days' then known.first_day is not null and $receivables_due = 'by_days'
        when 'receivables.rule.by_due_on' then known.first_day is not null and $receivables_due = 'by_due_on'
    end
order by sentences.position, sentences.word
