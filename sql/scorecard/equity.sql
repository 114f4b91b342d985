-- Grain: one row; columns as in scorecard_measures: of the customers who bought in the year before last, the share who came back in
-- the last one.
--
-- Parameters: none.
select
    'retention_rate' as measure,
    cast(null as varchar) as subject,
    cast(now.retention as decimal(38, 6)) as value,
    cast(earlier.retention as decimal(38, 6)) as before,
    'share' as unit,
    'retention_what_if' as step
from retention_what_if as now
left join previous.retention_what_if as earlier on earlier.scenario = 'now'
where now.scenario = 'now'
