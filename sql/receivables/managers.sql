-- Grain: one row per account manager with a customer of receivables_customers; the most money
-- overdue first, customers without a manager last. None where no account manager is known.
--
-- account_manager  text; `-` where none is known
-- customers        of receivables_customers
-- open, overdue    money of all invoices of these customers
-- overdue_share    one divided by the other; NULL where nothing is open
-- chase            open money to be chased
-- term_invoiced, term_paid, term_share  as in receivables_summary, of these customers
--
-- Parameters: none.
with chased as (
    select customer_id, sum(open) as chase from receivables_invoices where state = 'chase' group by customer_id
),

-- What names no customer is nobody's.
nobody as (
    select
        coalesce(sum(open), 0) as open,
        coalesce(sum(open) filter (where state = 'overdue'), 0) as overdue,
        coalesce(sum(open) filter (where state = 'chase'), 0) as chase,
        coalesce(sum(amount - credited) filter (where days_over between 1 and 365), 0) as term_invoiced,
        coalesce(sum(paid_in_term) filter (where days_over between 1 and 365), 0) as term_paid
    from receivables_invoices
    where customer_id is null
    having count(*) > 0
),

told as (
    select
        coalesce(who.account_manager, '-') as account_manager,
        1 as customers,
        who.open,
        who.overdue,
        coalesce(chased.chase, 0) as chase,
        who.term_invoiced,
        who.term_paid
    from receivables_customers as who
    left join chased on who.customer_id = chased.customer_id
    union all
    select '-', 0, open, overdue, chase, term_invoiced, term_paid from nobody
),

summed as (
    select
        account_manager,
        sum(customers) as customers,
        sum(open) as open,
        sum(overdue) as overdue,
        sum(chase) as chase,
        sum(term_invoiced) as term_invoiced,
        sum(term_paid) as term_paid
    from told
    group by account_manager
)

select
    account_manager,
    customers,
    cast(open as decimal(38, 4)) as open,
    cast(overdue as decimal(38, 4)) as overdue,
    cast(overdue as double) / nullif(cast(open as double), 0) as overdue_share,
    cast(chase as decimal(38, 4)) as chase,
    cast(term_invoiced as decimal(38, 4)) as term_invoiced,
    cast(term_paid as decimal(38, 4)) as term_paid,
    case when term_invoiced > 0 then cast(term_paid as double) / cast(term_invoiced as double) end as term_share
from summed
where (select count(*) from receivables_owners) > 0
order by case when account_manager = '-' then 1 else 0 end, overdue desc, open desc, account_manager
