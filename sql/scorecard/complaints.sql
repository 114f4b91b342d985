-- Grain: one row; columns as in scorecard_measures: of the customers with an order in the last $complaints_days days, the
-- share who complained in these.
--
-- Parameters: none.
select
    'complaint_rate' as measure,
    cast(null as varchar) as subject,
    cast(now.complaint_rate as decimal(38, 6)) as value,
    case when periods.before_reached then cast(earlier.complaint_rate as decimal(38, 6)) end as before,
    'share' as unit,
    'complaints_rate' as step
from complaints_rate as now
cross join periods
left join previous.complaints_rate as earlier on true
