-- Grain: one row per full month, the last 13 at most, from the first loss on.
--
-- month  its first day
-- left, lapsed, released, not_said  losses of the month by nature
--
-- Parameters: none.
with bounds as (
    select cast(date_trunc('month', min(lost_on)) as date) as first_month from losses_register
),

months as (
    select full_months.month
    from full_months
    cross join bounds
    where full_months.month >= bounds.first_month
),

counts as (
    select
        cast(date_trunc('month', lost_on) as date) as month,
        count(*) filter (where nature = 'left') as gone,
        count(*) filter (where nature = 'lapsed') as lapsed,
        count(*) filter (where nature = 'released') as released,
        count(*) filter (where nature = 'not_said') as not_said
    from losses_register
    group by 1
)

select
    months.month,
    coalesce(counts.gone, 0) as "left",
    coalesce(counts.lapsed, 0) as lapsed,
    coalesce(counts.released, 0) as released,
    coalesce(counts.not_said, 0) as not_said
from months
left join counts on months.month = counts.month
order by months.month
