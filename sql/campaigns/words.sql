-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- campaigns                    how many began
-- days                         within how many days, the setting $campaign_days
-- tried                        of these, over and with a control
-- up, down                     of these, with an effect
-- others                       of all: sent without a control, not sent, or still running, as the sentence says
-- name, uplift, low, high      of the campaign that it speaks of
--
-- Parameters: $campaign_days.
with counts as (
    select
        count(*) as campaigns,
        count(*) filter (where verdict in ('up', 'down', 'chance')) as tried,
        count(*) filter (where verdict = 'up') as up,
        count(*) filter (where verdict = 'down') as down,
        count(*) filter (where verdict = 'no_control') as no_control,
        count(*) filter (where verdict = 'not_sent') as not_sent,
        count(*) filter (where verdict = 'running') as running
    from campaigns_response
),

best as (
    select name, uplift, low, high
    from campaigns_response
    where verdict = 'up'
    order by uplift desc, campaign_id
    limit 1
),

sentences as (
    select
        case when campaigns = 0 then 'left_out' else 'answer' end as place,
        1 as position,
        case
            when campaigns = 0 then 'campaigns.none'
            when tried = 0 then 'campaigns.answer.untried'
            when up + down = 0 then 'campaigns.answer.chance'
            when down = 0 then 'campaigns.answer.effect_up'
            when up = 0 then 'campaigns.answer.effect_down'
            else 'campaigns.answer.effect'
        end as word,
        campaigns,
        cast($campaign_days as bigint) as days,
        tried,
        up,
        down,
        cast(null as bigint) as others,
        cast(null as varchar) as name,
        cast(null as double) as uplift,
        cast(null as double) as low,
        cast(null as double) as high
    from counts
    union all
    select 'note' as place, 2 as position, 'campaigns.note.best' as word, null, null, null, null, null, null, name, uplift, low, high
    from best
    union all
    select 'note' as place, 3 as position, 'campaigns.note.by_chance' as word, null, null, tried, null, null, null, null, null, null, null
    from counts
    where up + down > 0 and tried > 1
    union all
    select 'note' as place, 4 as position, 'campaigns.note.no_control' as word, null, null, null, null, null, no_control, null, null, null, null
    from counts
    where no_control > 0
    union all
    select 'note' as place, 5 as position, 'campaigns.note.not_sent' as word, null, null, null, null, null, not_sent, null, null, null, null
    from counts
    where not_sent > 0
    union all
    select 'note' as place, 6 as position, 'campaigns.note.running' as word, null, null, null, null, null, running, null, null, null, null
    from counts
    where running > 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'campaigns_response' as step,
    campaigns,
    days,
    tried,
    up,
    down,
    others,
    name,
    uplift,
    low,
    high
from sentences
order by position
