-- Grain: one row per reason for losses of the last $losses_days days or of as many before, the most revenue first.
--
-- nature, cause  as in losses_register
-- losses         of the last days; spent, back: of these
-- losses_before  of the days before; NULL where the register begins later
--
-- Parameters: $as_of, $losses_days.
with windows as (
    select
        cast(cast($as_of as date) - interval $losses_days day as date) as until,
        cast(cast($as_of as date) - interval $losses_days day - interval $losses_days day as date) as since,
        min(lost_on) as first_loss
    from losses_register
),

counts as (
    select
        register.nature,
        register.cause,
        count(*) filter (where register.lost_on > windows.until) as losses,
        coalesce(sum(register.spent) filter (where register.lost_on > windows.until), 0) as spent,
        count(*) filter (where register.lost_on > windows.until and register.back_on is not null) as back,
        count(*) filter (where register.lost_on <= windows.until) as losses_before,
        max(windows.first_loss) <= cast(max(windows.since) + interval 1 day as date) as reached
    from losses_register as register
    cross join windows
    where register.lost_on > windows.since
    group by register.nature, register.cause
)

select nature, cause, losses, spent, back, case when reached then losses_before end as losses_before
from counts
where losses > 0 or reached
order by spent desc, losses desc, cause
