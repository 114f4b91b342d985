-- Grain: one row per full month, the 13 up to the end of the last full period.
--
-- month             its first day
-- revenue           money
-- revenue_year_ago  money of the same month a year earlier; NULL where history does not reach
--
-- Parameters: $period_end.
with full_months as (
    select monthly.month, monthly.revenue
    from monthly
    cross join periods
    -- History may begin within its first month.
    where monthly.complete and monthly.month >= periods.history_start and monthly.month <= $period_end
)

select now.month, now.revenue, earlier.revenue as revenue_year_ago
from full_months as now
left join full_months as earlier on earlier.month = now.month - interval '12 months'
where now.month > cast(date_trunc('month', cast($period_end as date)) as date) - interval '13 months'
order by now.month
