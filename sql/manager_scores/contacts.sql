-- Grain: one row per account manager and item with something to count in the period; columns as in manager_scores_items.
--
-- visits      part base: of the reminders due in the period, those after which the customer was visited or called, up to its last day
-- reminders   part service: of the same, those closed on the due day or before it
-- complaints  part service: of the complaints to be closed in the period (due_on, else $complaints_answer_days after the
--             complaint), those closed by then
-- What names no account manager is that of the customer's.
--
-- Parameters: $period_start, $period_end, $complaints_answer_days.
with told as (
    select
        coalesce(cast(interactions.account_manager as varchar), own.account_manager) as account_manager,
        cast(interactions.customer_id as varchar) as customer_id,
        kind,
        cast(occurred_at as date) as day,
        case
            when kind = 'reminder' then cast(due_on as date)
            when kind = 'complaint'
                then coalesce(
                    cast(due_on as date), cast(cast(occurred_at as date) + interval $complaints_answer_days day as date)
                )
        end as due_on,
        cast(closed_on as date) as closed_on
    from interactions
    left join manager_scores_own as own on cast(interactions.customer_id as varchar) = own.customer_id
    where kind in ('reminder', 'complaint') and cast(occurred_at as date) <= $period_end
),

due as (
    select told.*, row_number() over (order by account_manager, customer_id, day, due_on, closed_on, kind) as number
    from told
    where account_manager is not null and due_on between $period_start and $period_end
),

followed as (
    select distinct due.number
    from due
    inner join interactions
        on due.customer_id = cast(interactions.customer_id as varchar)
        and cast(interactions.occurred_at as date) between due.day and cast($period_end as date)
    where due.kind = 'reminder' and interactions.kind in ('visit', 'call')
)

select
    due.account_manager,
    'base' as part,
    'visits' as item,
    cast(count(followed.number) as decimal(38, 6)) as numerator,
    cast(count(*) as decimal(38, 6)) as denominator
from due
left join followed on due.number = followed.number
where due.kind = 'reminder'
group by due.account_manager
union all
select
    account_manager,
    'service' as part,
    case kind when 'reminder' then 'reminders' else 'complaints' end as item,
    cast(count(case when closed_on <= due_on then 1 end) as decimal(38, 6)) as numerator,
    cast(count(*) as decimal(38, 6)) as denominator
from due
group by account_manager, kind
order by account_manager, item
