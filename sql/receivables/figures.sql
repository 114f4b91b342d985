-- Grain: one row, a figure of the headline.
--
-- Parameters: none.
select
    'receivables_overdue' as figure,
    cast(21 as bigint) as position,
    'money' as unit,
    false as up_is_good,
    'receivables_summary' as step,
    cast(now.overdue as decimal(38, 6)) as now,
    case when earlier.first_day is not null then cast(earlier.overdue as decimal(38, 6)) end as before,
    case when last_year.first_day is not null then cast(last_year.overdue as decimal(38, 6)) end as year_ago
from receivables_summary as now
cross join previous.receivables_summary as earlier
cross join year_ago.receivables_summary as last_year
where now.first_day is not null
