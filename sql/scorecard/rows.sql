-- Grain: one row per row of the source `targets` that is of the period, or of the one before.
--
-- time         now, before
-- since        the first day of the period that the row was made for
-- scorecard, subject, perspective, measure, parent  text; parent NULL at the top
-- weight, target, actual  as in the source. An actual counts only for the period that it was made for
-- direction    up, down; others as they stand
-- number       1 for the first row of a measure in its card; further ones are repeated by mistake
--
-- Parameters: $period_start, $before_start, $scorecard_hold.
with told as (
    select
        cast(period_start as date) as since,
        trim(cast(scorecard as varchar)) as scorecard,
        trim(cast(subject as varchar)) as subject,
        trim(cast(perspective as varchar)) as perspective,
        trim(cast(measure as varchar)) as measure,
        nullif(trim(cast(parent as varchar)), '') as parent,
        cast(weight as decimal(18, 6)) as weight,
        cast(target as decimal(38, 6)) as target,
        lower(trim(cast(direction as varchar))) as direction,
        cast(actual as decimal(38, 6)) as actual
    from targets
    where period_start is not null and scorecard is not null and subject is not null and measure is not null
),

times (time, starts) as (
    values ('now', cast($period_start as date)), ('before', cast($before_start as date))
),

-- Targets hold until newer ones come, if the setting says so.
latest as (
    select times.time, times.starts, told.scorecard, told.subject, max(told.since) as since
    from times
    inner join told on told.since = times.starts or ($scorecard_hold and told.since < times.starts)
    group by times.time, times.starts, told.scorecard, told.subject
)

select
    latest.time,
    latest.since,
    told.scorecard,
    told.subject,
    told.perspective,
    told.measure,
    told.parent,
    told.weight,
    told.target,
    told.direction,
    case when latest.since = latest.starts then told.actual end as actual,
    row_number() over (
        partition by latest.time, told.scorecard, told.subject, told.measure
        order by told.perspective, told.parent, told.weight, told.target, told.direction, told.actual
    ) as number
from told
inner join latest on told.scorecard = latest.scorecard and told.subject = latest.subject and told.since = latest.since
