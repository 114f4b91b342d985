-- Grain: one row per report of a loss up to $as_of.
--
-- customer_id      text
-- day              the day of the report
-- cause            the reason in lower case; `-` where none is given
-- outcome          in lower case, once it is closed; `-` before, or where none is given
-- account_manager  as in the source
--
-- What was closed after $as_of counts as open: its outcome was not known then.
--
-- Parameters: $as_of.
select
    cast(customer_id as varchar) as customer_id,
    cast(occurred_at as date) as day,
    coalesce(nullif(lower(trim(cast(reason as varchar))), ''), '-') as cause,
    case
        when cast(closed_on as date) <= cast($as_of as date)
            then coalesce(nullif(lower(trim(cast(outcome as varchar))), ''), '-')
        else '-'
    end as outcome,
    cast(account_manager as varchar) as account_manager
from interactions
where kind = 'loss_report' and customer_id is not null and cast(occurred_at as date) <= cast($as_of as date)
