-- Grain: one row per sentence of the section.
--
-- losses, money, released, lapsed  of the last $losses_days days
-- before       losses of as many days before; NULL where the register begins later
-- kept, requests, share, share_before  requests to leave; share_before is NULL if there were fewer than $least_customers then
-- missing, late  papers of losses of these days
-- unreported   customers gone in these days whom nobody reported; asked: of these, those who asked to leave; money: their revenue
--              of all time
-- cause        the reason with the most revenue, but for the released and lapsed, where there are several; money: that revenue
-- days         $losses_days
--
-- Parameters: $losses_days, $least_customers.
with totals as (
    select
        coalesce(sum(losses), 0) as losses,
        coalesce(sum(spent), 0) as money,
        case when count(losses_before) = count(*) then sum(losses_before) end as before,
        coalesce(sum(losses) filter (where nature = 'released'), 0) as released,
        coalesce(sum(losses) filter (where nature = 'lapsed'), 0) as lapsed,
        count(*) filter (where nature = 'left' and losses > 0) as causes
    from losses_reasons
),

requests as (
    select
        coalesce(max(requests) filter (where span = 'now'), 0) as requests,
        coalesce(max(kept) filter (where span = 'now'), 0) as kept,
        max(save_rate) filter (where span = 'now') as share,
        max(save_rate) filter (where span = 'before' and requests >= $least_customers) as share_before
    from losses_requests
),

papers as (
    select
        count(*) filter (where state = 'missing') as missing,
        count(*) filter (where state = 'late') as late
    from losses_late
),

unreported as (
    select
        count(*) as unreported,
        count(*) filter (where known_by = 'request') as asked,
        coalesce(sum(revenue), 0) as money
    from losses_unreported
),

first_cause as (
    select cause, losses, spent from losses_reasons where nature = 'left' and spent > 0 order by spent desc, cause limit 1
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when losses = 0 then 'losses.answer.none'
            when before is null then 'losses.answer.count'
            when losses > before then 'losses.answer.more'
            when losses < before then 'losses.answer.fewer'
            else 'losses.answer.as_many'
        end as word,
        'losses_register' as step,
        losses,
        before,
        money,
        released,
        lapsed,
        null as kept,
        null as requests,
        null as share,
        null as share_before,
        null as missing,
        null as late,
        null as unreported,
        null as cause,
        null as asked
    from totals
    union all
    select 'note', 2,
        case
            when kept = 0 then 'losses.note.none_kept'
            when share_before is null then 'losses.note.saved'
            when requests < $least_customers then 'losses.note.saved'
            when round(share, 3) > round(share_before, 3) then 'losses.note.saved_more'
            when round(share, 3) < round(share_before, 3) then 'losses.note.saved_less'
            else 'losses.note.saved_same'
        end,
        'losses_requests', null, null, null, null, null, kept, requests, share, share_before, null, null, null, null, null
    from requests
    where requests > 0
    union all
    select 'note', 3, 'losses.note.cause', 'losses_reasons', first_cause.losses, null, first_cause.spent, null, null, null, null,
        null, null, null, null, null, first_cause.cause, null
    from first_cause
    cross join totals
    where totals.causes > 1
    union all
    select 'note', 4,
        case
            when papers.missing = 0 and papers.late = 0 then 'losses.note.papers_in_time'
            when papers.missing = 0 then 'losses.note.papers_late'
            when papers.late = 0 then 'losses.note.papers_gone'
            else 'losses.note.papers_missing'
        end,
        'losses_late', totals.losses, null, null, null, null, null, null, null, null, papers.missing, papers.late, null, null, null
    from papers
    cross join totals
    where totals.losses > 0
    union all
    select 'note', 5,
        case when asked > 0 then 'losses.note.unreported_asked' else 'losses.note.unreported' end,
         'losses_unreported', null, null, money, null, null, null, null, null, null, null,
        null, unreported, null, asked
    from unreported
    where unreported > 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    cast(losses as bigint) as losses,
    cast(before as bigint) as before,
    cast(money as decimal(38, 6)) as money,
    cast(released as bigint) as released,
    cast(lapsed as bigint) as lapsed,
    cast(kept as bigint) as kept,
    cast(requests as bigint) as requests,
    cast(share as double) as share,
    cast(share_before as double) as share_before,
    cast(missing as bigint) as missing,
    cast(late as bigint) as late,
    cast(unreported as bigint) as unreported,
    cast(asked as bigint) as asked,
    cast(cause as varchar) as cause,
    cast($losses_days as bigint) as days
from sentences
order by position
