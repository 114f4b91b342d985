-- Grain: one row per complaint that is open as of $as_of, however old: the most severe first, of these the earliest due day,
-- then the most revenue.
--
-- id, customer_id, day, cause, severity, due_on, account_manager  as in complaints_voices
-- days_over    days from due_on to $as_of; NULL where it is not overdue
-- status       of churn; NULL for a customer without a transaction
-- revenue_12m  money of the last 365 days; 0 without a transaction
--
-- Parameters: $as_of.
select
    voices.id,
    voices.customer_id,
    voices.day,
    voices.cause,
    voices.severity,
    voices.due_on,
    case when voices.due_on < cast($as_of as date) then cast(cast($as_of as date) - voices.due_on as bigint) end as days_over,
    churn.status,
    voices.account_manager,
    coalesce(churn.revenue_12m, 0) as revenue_12m
from complaints_voices as voices
left join churn on voices.customer_id = churn.customer_id
where voices.voice = 'complaint' and voices.closed_on is null
order by voices.severity_order, voices.due_on, coalesce(churn.revenue_12m, 0) desc, voices.id
