-- Grain: one row per report of a loss, and per request to leave that was closed without keeping the customer, up to $as_of.
--
-- customer_id      text
-- day              the day of the report; of a request the day on which it was closed
-- origin           loss_report or leave_request
-- cause            the reason in lower case; `-` where none is given
-- account_manager  as in the source
-- analysis_on      the day on which the analysis was handed in, by this row; NULL if it is not that paper, or not closed
-- measures_on      likewise the corrective measures
--
-- What was closed after $as_of counts as open: its outcome was not known then.
--
-- Parameters: $as_of, $losses_kept, $losses_papers: by_outcome or one_report, $losses_analysis, $losses_measures.
with told as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(occurred_at as date) as occurred_on,
        cast(kind as varchar) as origin,
        coalesce(nullif(lower(trim(cast(reason as varchar))), ''), '-') as cause,
        cast(account_manager as varchar) as account_manager,
        case when cast(closed_on as date) <= cast($as_of as date) then cast(closed_on as date) end as closed_on,
        case
            when cast(closed_on as date) <= cast($as_of as date) then lower(trim(cast(outcome as varchar)))
        end as outcome
    from interactions
    where kind in ('loss_report', 'leave_request') and cast(occurred_at as date) <= cast($as_of as date)
)

select
    customer_id,
    case when origin = 'loss_report' then occurred_on else closed_on end as day,
    origin,
    cause,
    account_manager,
    case
        when origin = 'loss_report' and ($losses_papers = 'one_report' or array_has($losses_analysis, outcome)) then closed_on
    end as analysis_on,
    case
        when origin = 'loss_report' and ($losses_papers = 'one_report' or array_has($losses_measures, outcome)) then closed_on
    end as measures_on
from told
where
    customer_id is not null
    and (
        origin = 'loss_report'
        or (closed_on is not null and not coalesce(array_has($losses_kept, outcome), false))
    )
