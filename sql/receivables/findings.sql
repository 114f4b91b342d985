-- Grain: one row if $receivables_overdue_share or more of the open money is overdue; else none. Columns as in findings.sql.
-- Money is what is overdue.
--
-- Parameters: $least_customers, $receivables_overdue_share.
-- $receivables_overdue_share must be a number from 0 to 1
select
    'receivables_overdue' as rule,
    cast(now.overdue as decimal(38, 6)) as money,
    cast(now.overdue_share as decimal(38, 6)) as value,
    case when earlier.first_day is not null then cast(earlier.overdue_share as decimal(38, 6)) end as before,
    cast(null as decimal(38, 6)) as change,
    now.overdue_customers as customers,
    now.customers as of_customers,
    cast(null as varchar) as name,
    'receivables_summary' as step,
    false as of_data
from receivables_summary as now
cross join previous.receivables_summary as earlier
where
    now.customers >= $least_customers
    and cast(now.overdue_share as decimal(38, 9)) >= $receivables_overdue_share
