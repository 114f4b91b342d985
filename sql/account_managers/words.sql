-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- managers, customers          how many account managers there are, and their customers
-- new, lost, at_risk, revenue  sums over all managers; revenue is that of the last 12 months of those counted in at_risk
-- late                         customers with the status at_risk, as the section on churn counts them. They are
--                              at_risk + listed + without:
-- listed                       of these: in the list of the new
-- without                      of these: no account manager
-- others                       all customers without an account manager
--
-- Parameters: none.
with named as (
    select
        count(*) as managers,
        sum(customers) as customers,
        sum(new) as new,
        sum(lost) as lost,
        sum(at_risk) as at_risk,
        sum(at_risk_revenue) as revenue
    from account_managers
    where account_manager <> '-'
    having count(*) > 0
),

unnamed as (
    select coalesce(sum(customers), 0) as others from account_managers where account_manager = '-'
),

late as (
    select
        count(*) as late,
        count(*) filter (where account_manager <> '-' and event <> 'at_risk') as listed,
        count(*) filter (where account_manager = '-') as without
    from account_managers_watched
    where status = 'at_risk'
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case when at_risk = 0 then 'account_managers.answer_none' else 'account_managers.answer' end as word,
        managers,
        customers,
        new,
        lost,
        at_risk,
        revenue,
        cast(null as bigint) as late,
        cast(null as bigint) as listed,
        cast(null as bigint) as without,
        cast(null as bigint) as others
    from named
    union all
    select
        'note' as place,
        2 as position,
        case
            when late.without = 0 then 'account_managers.note.status'
            when late.listed = 0 then 'account_managers.note.status_unmanaged'
            else 'account_managers.note.status_without'
        end as word,
        null, null, null, null, named.at_risk, null, late.late, late.listed, late.without, null
    from late
    cross join named
    -- Where the list has them all, there is nothing to add.
    where late.listed > 0 or late.without > 0
    union all
    select
        'note' as place,
        3 as position,
        'account_managers.note.without' as word,
        null, null, null, null, null, null, null, null, null, unnamed.others
    from unnamed
    cross join named
    where unnamed.others > 0
    union all
    select
        'left_out' as place,
        1 as position,
        'account_managers.none' as word,
        null, null, null, null, null, null, null, null, null, null
    where (select count(*) from named) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'account_managers' as step,
    managers,
    customers,
    new,
    lost,
    at_risk,
    revenue,
    late,
    listed,
    without,
    others
from sentences
order by position
