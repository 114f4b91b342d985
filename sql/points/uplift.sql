-- Grain: one row per reason to double of which there was a day in the last 365 days, $as_of included.
--
-- reason          weekday, birthday, first_members
-- occasions       member-days with double points: each member counts once a day, with or without a visit; for
--                 first_members, the members who came
-- days            calendar days on which there were any
-- revenue         money that members spent on them; NULL for first_members
-- spend           money per member-day: revenue / occasions
-- ordinary        the same for the ordinary days of the same weekday: that reason doubles nothing on them
-- uplift          spend / ordinary - 1; NULL where there are no ordinary days, or nothing was spent on them
-- season          the same for all other weekdays: their member-days in $double_months against those of other months. It is the
--                 effect of the season without double points; NULL for other reasons
-- adjusted        (1 + uplift) / (1 + season) - 1: the effect of the double points; NULL likewise
-- noise           standard error of `adjusted`, for birthdays of `uplift`: by how much days, or birthdays, differ from each
--                 other. An effect below twice this may be chance. NULL below two days of each kind
-- bonus           points that the reason gave
-- bonus_worth     money: the most that these can bring in rewards
-- extra           money: revenue less what ordinary days of the same weekday would have brought in this season. NULL where
--                 `adjusted` is, for birthdays where `uplift` is
--
-- Those who come first would have come anyway: the spend of first_members shows no uplift.
--
-- Parameters: $double_weekday, $double_all_year, $double_birthday, $reward_step, $reward_worth.
with groups as (
    -- The weekday and all others, within $double_months and without.
    select
        weekday = $double_weekday as on_weekday,
        in_season,
        count(*) as days,
        sum(members) as members,
        sum(amount) as amount,
        sum(for_weekday) as bonus,
        -- Sums of decimals depend on no order of rows.
        sum(cast(cast(amount as double) / cast(members as double) as decimal(38, 12))) as total,
        sum(
            cast(
                cast(amount as double) / cast(members as double) * cast(amount as double) / cast(members as double)
                as decimal(38, 12)
            )
        ) as squares
    from points_days
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
        -- Standard error of the mean over the mean, squared. Of equal days the difference is not below zero for rounding.
        case
            when days > 1 and total > 0
                then greatest(cast(squares as double) - cast(total as double) * cast(total as double) / days, 0)
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

-- The birthdays of these days, of members who could earn on them.
birthdays as (
    select
        points_birthdates.customer_id,
        min(points_members.earns_from) as earns_from,
        cast(extract(month from min(points_birthdates.birthday)) as bigint) as month,
        cast(extract(day from min(points_birthdates.birthday)) as bigint) as day_of_month
    from points_birthdates
    inner join points_members on points_birthdates.customer_id = points_members.customer_id
    where $double_birthday
    group by points_birthdates.customer_id
),

-- The birthdays that count on each day: 28 February includes the 29th in years without one.
kept as (
    select
        day,
        weekday,
        doubles,
        cast(extract(month from day) as bigint) as month,
        cast(extract(day from day) as bigint) as day_of_month
    from points_days
    where in_season or $double_all_year
    union all
    select
        day,
        weekday,
        doubles,
        cast(2 as bigint) as month,
        cast(29 as bigint) as day_of_month
    from points_days
    where
        (in_season or $double_all_year)
        and extract(month from day) = 2
        and extract(day from day) = 28
        and extract(month from day + interval '1 day') = 3
),

birthday_days as (
    select birthdays.customer_id, kept.day, kept.weekday, kept.doubles
    from birthdays
    inner join kept on birthdays.month = kept.month and birthdays.day_of_month = kept.day_of_month
    where kept.day >= birthdays.earns_from
),

-- What was bought on them.
bought as (
    select
        birthday_days.customer_id,
        birthday_days.day,
        birthday_days.weekday,
        birthday_days.doubles,
        coalesce(sum(points_earned.amount), 0) as amount,
        coalesce(sum(points_earned.for_birthday), 0) as bonus
    from birthday_days
    left join points_earned
        on birthday_days.customer_id = points_earned.customer_id and birthday_days.day = points_earned.day
    group by birthday_days.customer_id, birthday_days.day, birthday_days.weekday, birthday_days.doubles
),

birthday_weekdays as (
    select
        weekday,
        count(*) as occasions,
        count(*) filter (where not doubles) as on_ordinary,
        cast(sum(amount) as decimal(38, 6)) as revenue,
        coalesce(cast(sum(amount) filter (where not doubles) as decimal(38, 6)), 0) as revenue_on_ordinary,
        sum(cast(cast(amount as double) * cast(amount as double) as decimal(38, 6))) as squares,
        sum(bonus) as bonus
    from bought
    group by weekday
),

birthday_dates as (
    select count(distinct day) as days from bought
),

ordinary_weekdays as (
    select weekday, sum(members) as members, sum(amount) as amount
    from points_days
    where not doubles
    group by weekday
),

-- All member-days of the weekday, without the birthdays themselves and the weekday's own double days.
birthday_expected as (
    select
        birthday_weekdays.occasions,
        birthday_weekdays.revenue,
        birthday_weekdays.squares,
        birthday_weekdays.bonus,
        cast(
            cast(birthday_weekdays.occasions as double)
            * cast(ordinary_weekdays.amount - birthday_weekdays.revenue_on_ordinary as double)
            / nullif(cast(ordinary_weekdays.members - birthday_weekdays.on_ordinary as double), 0)
            as decimal(38, 6)
        ) as expected
    from birthday_weekdays
    left join ordinary_weekdays on birthday_weekdays.weekday = ordinary_weekdays.weekday
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

first_comers as (
    select
        sum(points_days.came_first) as occasions,
        count(*) as days,
        sum(points_days.for_coming_first) as bonus
    from points_days
    where points_days.came_first > 0
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
                    greatest(squares - cast(revenue as double) * cast(revenue as double) / occasions, 0) / (occasions - 1) * occasions
                ) / nullif(expected, 0)
        end as noise
    from birthday_sums
    union all
    select
        'first_members' as reason,
        3 as position,
        occasions,
        days,
        cast(null as decimal(38, 6)) as revenue,
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
        when reason = 'birthday' then cast(cast(revenue as double) - ordinary * cast(occasions as double) as decimal(38, 6))
        else
            cast(
                cast(revenue as double) - ordinary * cast(occasions as double) * (1 + season) as decimal(38, 6)
            )
    end as extra
from compared
order by position
