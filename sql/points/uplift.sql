-- Grain: one row per reason to double of which there was a day in the last 365 days, $as_of included.
--
-- reason          weekday, birthday, first_members
-- occasions       member-days with double points: each member counts once a day, whether coming or not; of first_members
--                 the members who came
-- days            calendar days on which there were any
-- revenue         money that members spent on them
-- spend           money a member-day: revenue / occasions
-- ordinary        the same of the ordinary days of the same weekday: those on which that reason doubles nothing
-- uplift          spend / ordinary - 1; NULL where there are no ordinary days, or nothing was spent on them
-- season          the same for all other weekdays: their member-days in $double_months against those of other months. What
--                 the season did without double points; NULL for other reasons
-- adjusted        (1 + uplift) / (1 + season) - 1: what is left for the double points; NULL likewise
-- noise           standard error of `adjusted`, of birthdays that of `uplift`: by how much days, or birthdays, differ from each
--                 other. Below twice this nothing can be told from chance. NULL below two days of each kind
-- bonus           points that the reason gave
-- bonus_worth     money: the most that these can bring in rewards
-- extra           money: revenue less what ordinary days of the same weekday would have brought; NULL where uplift is
--
-- Who comes first is who would have come anyway: of first_members no uplift can be told from what they spend.
--
-- Parameters: $as_of, $double_weekday, $double_months, $double_all_year, $double_birthday, $reward_step, $reward_worth.
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

-- Members who could earn on each day.
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
        cast(sum(amount) as decimal(38, 6)) as amount,
        sum(for_weekday) as for_weekday
    from points_earned
    where day <= $as_of and day > cast($as_of as date) - interval '365 days'
    group by day
),

days as (
    select
        calendar.day,
        calendar.weekday,
        calendar.in_season,
        calendar.in_season and calendar.weekday = $double_weekday as doubles,
        headcount.members,
        coalesce(spent.amount, cast(0 as decimal(38, 6))) as amount,
        coalesce(cast(spent.amount as double), 0.0) / cast(headcount.members as double) as per_member,
        coalesce(spent.for_weekday, 0) as bonus
    from calendar
    inner join headcount on calendar.day = headcount.day
    left join spent on calendar.day = spent.day
    where headcount.members > 0
),

-- The weekday and all others, within $double_months and without.
groups as (
    select
        weekday = $double_weekday as on_weekday,
        in_season,
        count(*) as days,
        sum(members) as members,
        sum(amount) as amount,
        sum(bonus) as bonus,
        -- Sums of decimals depend on no order of rows.
        sum(cast(per_member as decimal(38, 12))) as total,
        sum(cast(per_member * per_member as decimal(38, 12))) as squares
    from days
    group by weekday = $double_weekday, in_season
),

means as (
    select
        on_weekday,
        in_season,
        days,
        members,
        amount,
        bonus,
        cast(amount as double) / cast(members as double) as spend,
        -- Standard error of the mean over the mean, squared.
        case
            when days > 1 and total > 0
                then (cast(squares as double) - cast(total as double) * cast(total as double) / days)
                / (days - 1) / days * days * days / (cast(total as double) * cast(total as double))
        end as error_squared
    from groups
),

weekday_sums as (
    select
        doubled.days,
        doubled.members as occasions,
        doubled.amount as revenue,
        doubled.bonus,
        ordinary.spend as ordinary,
        inside.spend / nullif(outside.spend, 0) - 1 as season,
        doubled.spend / nullif(ordinary.spend, 0) / nullif(inside.spend / nullif(outside.spend, 0), 0)
        * sqrt(
            doubled.error_squared + ordinary.error_squared + inside.error_squared + outside.error_squared
        ) as noise
    from means as doubled
    left join means as ordinary on ordinary.on_weekday and not ordinary.in_season
    left join means as inside on not inside.on_weekday and inside.in_season
    left join means as outside on not outside.on_weekday and not outside.in_season
    where doubled.on_weekday and doubled.in_season
),

-- The birthdays of the window, of members who could earn on them.
birthdays as (
    select
        customer_id,
        cast(extract(month from min(birthday)) as bigint) as month,
        cast(extract(day from min(birthday)) as bigint) as day_of_month
    from points_birthdates
    where $double_birthday
    group by customer_id
),

born as (
    select
        month,
        day_of_month,
        points_members.customer_id,
        points_members.earns_from
    from birthdays
    inner join points_members on birthdays.customer_id = points_members.customer_id
),

dated as (
    select
        day,
        weekday,
        in_season,
        cast(extract(month from day) as bigint) as month,
        cast(extract(day from day) as bigint) as day_of_month,
        cast(extract(month from day) as bigint) = 2
        and extract(day from day) = 28
        and extract(month from day + interval '1 day') = 3 as keeps_29th
    from calendar
    where in_season or $double_all_year
),

birthday_days as (
    select born.customer_id, born.earns_from, dated.day, dated.weekday
    from born
    inner join dated on born.month = dated.month and born.day_of_month = dated.day_of_month
    union all
    select born.customer_id, born.earns_from, dated.day, dated.weekday
    from born
    inner join dated on born.month = dated.month
    where born.day_of_month = 29 and dated.keeps_29th
),

of_members as (
    select customer_id, day, sum(amount) as amount, cast(sum(amount) as double) as size, sum(for_birthday) as bonus
    from points_earned
    where day <= $as_of and day > cast($as_of as date) - interval '365 days'
    group by customer_id, day
),

birthday_spent as (
    select
        birthday_days.weekday,
        count(*) as occasions,
        cast(coalesce(sum(of_members.amount), 0) as decimal(38, 6)) as revenue,
        coalesce(sum(cast(of_members.size * of_members.size as decimal(38, 6))), 0) as squares,
        coalesce(sum(of_members.bonus), 0) as bonus
    from birthday_days
    left join of_members
        on birthday_days.customer_id = of_members.customer_id and birthday_days.day = of_members.day
    where birthday_days.day >= birthday_days.earns_from
    group by birthday_days.weekday
),

birthday_dates as (
    select count(distinct day) as days from birthday_days where day >= earns_from
),

-- All member-days of the weekday but the birthdays themselves, and those of the weekday's own double days.
of_weekdays as (
    select
        weekday,
        sum(members) as members,
        sum(amount) as amount
    from days
    where not doubles
    group by weekday
),

birthday_on_ordinary as (
    select
        birthday_days.weekday,
        count(*) as occasions,
        cast(coalesce(sum(of_members.amount), 0) as decimal(38, 6)) as revenue
    from birthday_days
    inner join days on birthday_days.day = days.day
    left join of_members
        on birthday_days.customer_id = of_members.customer_id and birthday_days.day = of_members.day
    where birthday_days.day >= birthday_days.earns_from and not days.doubles
    group by birthday_days.weekday
),

birthday_expected as (
    select
        birthday_spent.occasions,
        birthday_spent.revenue,
        birthday_spent.squares,
        birthday_spent.bonus,
        cast(
            cast(birthday_spent.occasions as double)
            * cast(of_weekdays.amount - coalesce(birthday_on_ordinary.revenue, 0) as double)
            / nullif(cast(of_weekdays.members - coalesce(birthday_on_ordinary.occasions, 0) as double), 0)
            as decimal(38, 6)
        ) as expected
    from birthday_spent
    inner join of_weekdays on birthday_spent.weekday = of_weekdays.weekday
    left join birthday_on_ordinary on birthday_spent.weekday = birthday_on_ordinary.weekday
),

first_comers as (
    select
        count(distinct concat(customer_id, ' ', cast(day as varchar))) as occasions,
        count(distinct day) as days,
        cast(sum(amount) as decimal(38, 6)) as revenue,
        sum(for_coming_first) as bonus
    from points_earned
    where day <= $as_of and day > cast($as_of as date) - interval '365 days' and for_coming_first <> 0
    having count(*) > 0
),

birthday_sums as (
    select
        sum(occasions) as occasions,
        max(birthday_dates.days) as days,
        sum(revenue) as revenue,
        sum(bonus) as bonus,
        cast(sum(squares) as double) as squares,
        -- By weekday, weighted as the birthdays fall.
        case when count(expected) = count(*) then cast(sum(expected) as double) end as expected
    from birthday_expected
    cross join birthday_dates
    having count(*) > 0
),

reasons as (
    select 'weekday' as reason, 1 as position, occasions, days, revenue, bonus, ordinary, season, noise
    from weekday_sums
    union all
    select
        'birthday' as reason,
        2 as position,
        occasions,
        days,
        revenue,
        bonus,
        expected / occasions as ordinary,
        cast(null as double) as season,
        case
            when occasions > 1
                then sqrt(
                    (squares - cast(revenue as double) * cast(revenue as double) / occasions) / (occasions - 1) * occasions
                ) / nullif(expected, 0)
        end as noise
    from birthday_sums
    union all
    select
        'first_members' as reason,
        3 as position,
        occasions,
        days,
        revenue,
        bonus,
        cast(null as double) as ordinary,
        cast(null as double) as season,
        cast(null as double) as noise
    from first_comers
),

compared as (
    select
        *,
        cast(revenue as double) / cast(occasions as double) as spend,
        cast(revenue as double) / cast(occasions as double) / nullif(ordinary, 0) - 1 as uplift
    from reasons
)

select
    reason,
    occasions,
    days,
    revenue,
    cast(spend as decimal(38, 6)) as spend,
    cast(ordinary as decimal(38, 6)) as ordinary,
    uplift,
    season,
    (1 + uplift) / nullif(1 + season, 0) - 1 as adjusted,
    noise,
    bonus,
    cast(bonus as decimal(28, 0)) * cast($reward_worth as decimal(18, 4))
    / cast($reward_step as decimal(18, 0)) as bonus_worth,
    case
        when uplift is not null then cast(revenue - cast(ordinary * cast(occasions as double) as decimal(38, 6)) as decimal(38, 6))
    end as extra
from compared
order by position
