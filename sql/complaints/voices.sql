-- Grain: one row per complaint, inquiry or suggestion up to $as_of.
--
-- id, customer_id, day  as in the source; day is that of occurred_at
-- voice           complaint, inquiry or suggestion
-- cause           the reason in lower case; `-` where none is given
-- severity        in lower case; `-` where none is given
-- severity_order  its place in $complaints_severities; 999 for others
-- due_on          the source's day, else $complaints_answer_days days after the day
-- closed_on       day; NULL where it is open as of $as_of
-- account_manager that of the row, else who is in charge of the customer; NULL where nobody is known
--
-- Parameters: $as_of, $complaints_answer_days, $complaints_severities.
with told as (
    select
        cast(interaction_id as varchar) as id,
        cast(customer_id as varchar) as customer_id,
        cast(occurred_at as date) as day,
        cast(kind as varchar) as voice,
        coalesce(nullif(lower(trim(cast(reason as varchar))), ''), '-') as cause,
        coalesce(nullif(lower(trim(cast(severity as varchar))), ''), '-') as severity,
        coalesce(
            cast(due_on as date), cast(cast(occurred_at as date) + interval $complaints_answer_days day as date)
        ) as due_on,
        case when cast(closed_on as date) <= cast($as_of as date) then cast(closed_on as date) end as closed_on,
        cast(account_manager as varchar) as account_manager
    from interactions
    where kind in ('complaint', 'inquiry', 'suggestion') and cast(occurred_at as date) <= cast($as_of as date)
)

select
    told.id,
    told.customer_id,
    told.day,
    told.voice,
    told.cause,
    told.severity,
    cast(coalesce(array_position($complaints_severities, told.severity), 999) as bigint) as severity_order,
    told.due_on,
    told.closed_on,
    coalesce(told.account_manager, in_charge.account_manager) as account_manager
from told
left join in_charge on told.customer_id = in_charge.customer_id
