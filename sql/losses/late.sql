-- Grain: one row per paper of a loss of the last $losses_days days that is missing or came late; missing ones first, the oldest
-- first.
--
-- state        missing or late
-- paper        analysis or measures
-- customer_id, lost_on, papers_due, account_manager, spent  as in losses_register
-- days_over    days from papers_due to the day on which it came, or to $as_of
--
-- Parameters: $as_of, $losses_days.
with papers as (
    select analysis as state, 'analysis' as paper, customer_id, lost_on, papers_due, analysis_on as came_on, account_manager, spent
    from losses_register
    union all
    select measures, 'measures', customer_id, lost_on, papers_due, measures_on, account_manager, spent
    from losses_register
),

told as (
    select
        *,
        case state when 'missing' then 0 else 1 end as place,
        cast(coalesce(came_on, cast($as_of as date)) - papers_due as bigint) as days_over
    from papers
    where
        state in ('missing', 'late')
        and lost_on > cast(cast($as_of as date) - interval $losses_days day as date)
)

select state, paper, customer_id, lost_on, papers_due, days_over, account_manager, spent
from told
order by place, papers_due, customer_id, paper
