-- Grain: one row per calendar day of the last 365, $as_of included, on which there were members.
--
-- day           business day
-- weekday       1 for Monday to 7 for Sunday
-- in_season     whether it lies in $double_months
-- doubles       whether points count double on it because of the weekday
-- members       members who could earn on it, with or without a visit
-- amount        money that members spent
-- base          points for it
-- for_size, for_weekday, for_birthday, for_coming_first  bonus points
-- came_first    members with double points because they were among the first
--
-- Parameters: $as_of, $double_weekday, $double_months.
with window_days as (
    select unnest(
        generate_series(cast($as_of as date) - interval '364 days', cast($as_of as date), interval '1 day')
    ) as day
),

calendar as (
    select
        cast(day as date) as day,
        cast(extract(isodow from day) as bigint) as weekday,
        array_has($double_months, cast(extract(month from day) as bigint)) as in_season
    from window_days
),

changes as (
    select day, 0 as members from calendar
    union all
    select earns_from as day, count(*) as members
    from points_members
    where earns_from <= $as_of
    group by earns_from
),

counted as (
    select day, sum(members) as members from changes group by day
),

headcount as (
    select day, sum(members) over (order by day rows between unbounded preceding and current row) as members
    from counted
),

spent as (
    select
        day,
        sum(amount) as amount,
        sum(base) as base,
        sum(for_size) as for_size,
        sum(for_weekday) as for_weekday,
        sum(for_birthday) as for_birthday,
        sum(for_coming_first) as for_coming_first,
        count(distinct case when for_coming_first <> 0 then customer_id end) as came_first
    from points_earned
    where day <= $as_of and day > cast($as_of as date) - interval '365 days'
    group by day
)

select
    calendar.day,
    calendar.weekday,
    calendar.in_season,
    calendar.in_season and calendar.weekday = $double_weekday as doubles,
    headcount.members,
    coalesce(cast(spent.amount as decimal(38, 6)), 0) as amount,
    coalesce(spent.base, 0) as base,
    coalesce(spent.for_size, 0) as for_size,
    coalesce(spent.for_weekday, 0) as for_weekday,
    coalesce(spent.for_birthday, 0) as for_birthday,
    coalesce(spent.for_coming_first, 0) as for_coming_first,
    coalesce(spent.came_first, 0) as came_first
from calendar
inner join headcount on calendar.day = headcount.day
left join spent on calendar.day = spent.day
where headcount.members > 0
order by calendar.day
