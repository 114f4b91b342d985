-- Grain: one row per sentence of the section.
--
-- overdue, soon, later  deadlines by severity; of a note those that it is about
-- before                overdue one period earlier; NULL where history does not reach
-- money                 open amount of overdue invoices
-- name                  the account manager with the most overdue deadlines
-- days                  $reminders_soon_days
--
-- Parameters: $reminders_soon_days.
with now as (
    select
        coalesce(sum(overdue), 0) as overdue,
        coalesce(sum(soon), 0) as soon,
        coalesce(sum(later), 0) as later,
        coalesce(sum(undated), 0) as undated,
        coalesce(sum(overdue_amount), 0) as money,
        coalesce(sum(overdue) filter (where kind = 'invoice'), 0) as invoices
    from reminders_kinds
),

earlier as (
    select count(*) filter (where severity = 'overdue') as before from previous.reminders
),

-- The manager with the most, if there are several managers and one has more than each other.
worst as (
    select account_manager as name, overdue
    from reminders_by_manager
    where account_manager <> '-' and overdue > 0
    order by overdue desc, account_manager
    limit 1
),

others as (
    select
        count(*) filter (where reminders_by_manager.account_manager <> '-') as managers,
        count(*) filter (
            where reminders_by_manager.account_manager <> '-' and reminders_by_manager.overdue = worst.overdue
        ) as equals
    from reminders_by_manager
    cross join worst
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when now.overdue = 0 and now.soon = 0 then 'reminders.answer.later'
            when now.overdue = 0 then 'reminders.answer.soon'
            when not periods.before_reached then 'reminders.answer.overdue'
            when now.overdue > earlier.before then 'reminders.answer.more'
            when now.overdue < earlier.before then 'reminders.answer.fewer'
            else 'reminders.answer.as_many'
        end as word,
        now.overdue,
        now.soon,
        now.later,
        case when periods.before_reached then earlier.before end as before,
        null as money,
        null as name
    from now
    cross join earlier
    cross join periods
    where now.overdue + now.soon + now.later > 0
    union all
    select 'answer', 1, 'reminders.answer.then', null, soon, null, null, null, null from now where overdue > 0 and soon > 0
    union all
    select 'note', 2, 'reminders.note.invoices', invoices, null, null, null, money, null from now where invoices > 0
    union all
    select 'note', 3, 'reminders.note.worst', worst.overdue, null, null, null, null, worst.name
    from worst
    cross join others
    where others.managers > 1 and others.equals = 1
    union all
    select 'note', 4, 'reminders.note.undated', undated, null, null, null, null, null from now where undated > 0
    union all
    select 'left_out', 1, 'reminders.none', null, null, null, null, null, null from now where overdue + soon + later = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'reminders' as step,
    cast(overdue as bigint) as overdue,
    cast(soon as bigint) as soon,
    cast(later as bigint) as later,
    cast(before as bigint) as before,
    cast(money as decimal(38, 6)) as money,
    cast(name as varchar) as name,
    cast($reminders_soon_days as bigint) as days
from sentences
order by position, word
