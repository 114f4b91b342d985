-- Grain: one row per customer with an open amount, or an invoice whose last day in time is not longer ago than 365 days; the
-- most money overdue first.
--
-- customer_id      text
-- account_manager  NULL where none is known
-- class            of customer_rank; none for customers without a purchase there
-- grade            credit grade, in capitals; NULL where none is known
-- invoices         with an open amount
-- open, overdue    money
-- oldest_days      age of the oldest invoice with an open amount; NULL without one
-- term_invoices    invoices whose last day in time lies in the 365 days up to the day before $as_of
-- term_invoiced    their money less credit notes
-- term_paid        of it, paid in time
-- term_share       one divided by the other; NULL where nothing was invoiced
-- risk             low, medium, high, unrated
-- basis            what it goes by: grade; payments: term_share and what is open for more than 90 days; none
-- action           what to do, by class and risk: extend, keep, call, remind, plan, hold, prepay, check
--
-- Parameters: $receivables_low_grades, $receivables_high_grades, $receivables_low_from, $receivables_high_below,
-- $receivables_least_invoices.
-- $receivables_low_from must be a number from 0 to 1
-- $receivables_high_below must be a number from 0 to 1
-- $receivables_least_invoices must be a whole number of 1 or more
with items as (
    select
        customer_id,
        count(case when open > 0 then 1 end) as invoices,
        sum(open) as open,
        coalesce(sum(open) filter (where state = 'overdue'), 0) as overdue,
        max(case when open > 0 then age_days end) as oldest_days,
        count(case when days_over between 1 and 365 then 1 end) as term_invoices,
        coalesce(sum(amount - credited) filter (where days_over between 1 and 365), 0) as term_invoiced,
        coalesce(sum(paid_in_term) filter (where days_over between 1 and 365), 0) as term_paid
    from receivables_invoices
    where customer_id is not null
    group by customer_id
    having sum(open) > 0 or min(days_over) <= 365
),

owners as (
    select customer_id, max(account_manager) as account_manager from receivables_owners group by customer_id
),

grades as (
    select customer_id, max(grade) as grade from receivables_grades group by customer_id
),

rated as (
    select
        items.*,
        owners.account_manager,
        coalesce(customer_rank.class, 'none') as class,
        grades.grade,
        case when items.term_invoiced > 0 then cast(items.term_paid as double) / cast(items.term_invoiced as double) end
            as term_share,
        case
            when grades.grade is not null then 'grade'
            when items.oldest_days > 90 or (items.term_invoices >= $receivables_least_invoices and items.term_invoiced > 0)
                then 'payments'
            else 'none'
        end as basis
    from items
    left join owners on items.customer_id = owners.customer_id
    left join grades on items.customer_id = grades.customer_id
    left join customer_rank on items.customer_id = customer_rank.customer_id
),

judged as (
    select
        rated.*,
        case
            when basis = 'none' then 'unrated'
            when basis = 'grade' and array_has($receivables_low_grades, grade) then 'low'
            when basis = 'grade' and array_has($receivables_high_grades, grade) then 'high'
            when basis = 'grade' then 'medium'
            when oldest_days > 90 or term_share < cast($receivables_high_below as double) then 'high'
            when term_share >= cast($receivables_low_from as double) then 'low'
            else 'medium'
        end as risk
    from rated
)

select
    customer_id,
    account_manager,
    class,
    grade,
    invoices,
    cast(open as decimal(38, 4)) as open,
    cast(overdue as decimal(38, 4)) as overdue,
    oldest_days,
    term_invoices,
    cast(term_invoiced as decimal(38, 4)) as term_invoiced,
    cast(term_paid as decimal(38, 4)) as term_paid,
    term_share,
    risk,
    basis,
    case
        when risk = 'low' and class = 'A' then 'extend'
        when risk = 'medium' and class = 'A' then 'call'
        when risk = 'medium' then 'remind'
        when risk = 'high' and class = 'A' then 'plan'
        when risk = 'high' and class = 'B' then 'hold'
        when risk = 'high' then 'prepay'
        when risk = 'unrated' and class = 'A' then 'check'
        else 'keep'
    end as action
from judged
order by overdue desc, open desc, customer_id
