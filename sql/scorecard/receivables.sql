-- Grain: one row per measure of the module receivables; columns as in scorecard_measures.
--
-- Parameters: $receivables_term_days, $receivables_due.
with told as (
    select
        now.dso,
        now.term_share,
        now.collected_share,
        now.overdue_share,
        earlier.dso as dso_before,
        earlier.term_share as term_before,
        earlier.collected_share as collected_before,
        earlier.overdue_share as overdue_before
    from receivables_summary as now
    cross join previous.receivables_summary as earlier
),

listed as (
    select 'days_sales_outstanding' as measure, dso as value, dso_before as before, 'days' as unit from told
    union all
    select 'collected_in_term', term_share, term_before, 'share' from told
    union all
    -- The same, by the name that it has where the time is 45 days.
    select 'collected_in_45_days', term_share, term_before, 'share'
    from told
    where $receivables_term_days = 45 and $receivables_due = 'by_days'
    union all
    select 'collected_share', collected_share, collected_before, 'share' from told
    union all
    select 'overdue_share', overdue_share, overdue_before, 'share' from told
)

select
    measure,
    cast(null as varchar) as subject,
    cast(value as decimal(38, 6)) as value,
    cast(before as decimal(38, 6)) as before,
    unit,
    'receivables_summary' as step
from listed
