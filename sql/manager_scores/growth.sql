-- Grain: one row per account manager who is scored: in the register and active in the period, or with money or customers in it.
--
-- account_manager   text
-- registered        whether the source `managers` has it
-- name, team, role  of the source; NULL where it does not say
-- customers         of manager_scores_own
-- revenue           credited money of the period
-- revenue_before    of the period that it is compared with; NULL where history does not cover it
-- growth            the change; NULL where there is no money above zero to compare with
-- band              down_much, down_little (below 0), up_little (0 or more), up_much: by the knots next to the ends; new: no earlier
--                   money above zero; no_history
-- points            by the knots, of 100: straight lines between, the ends beyond; NULL without growth
--
-- Parameters: $period_start, $period_end, $manager_scores_against, $manager_scores_growths, $manager_scores_points.
with register as (
    select
        cast(account_manager as varchar) as account_manager,
        max(cast(name as varchar)) as name,
        max(cast(team as varchar)) as team,
        max(cast(role as varchar)) as role,
        bool_or(
            coalesce(cast(active_from as date) <= $period_end, true) and coalesce(cast(active_to as date) >= $period_start, true)
        ) as active
    from managers
    where account_manager is not null
    group by cast(account_manager as varchar)
),

own as (
    select account_manager, count(*) as customers from manager_scores_own group by account_manager
),

everybody as (
    select account_manager from register where active
    union
    select account_manager from own
    union
    select account_manager from manager_scores_credited where revenue <> 0
),

compared as (
    select
        everybody.account_manager,
        register.account_manager is not null as registered,
        register.name,
        register.team,
        register.role,
        coalesce(own.customers, 0) as customers,
        coalesce(credited.revenue, 0) as revenue,
        case
            when
                case when $manager_scores_against = 'before' then periods.before_reached else periods.year_ago_reached end
                then coalesce(credited.revenue_before, 0)
        end as revenue_before
    from everybody
    cross join periods
    left join register on everybody.account_manager = register.account_manager
    left join own on everybody.account_manager = own.account_manager
    left join manager_scores_credited as credited on everybody.account_manager = credited.account_manager
),

-- In per cent with nine decimals, so that a fall of 10 % is one of 10 %.
changed as (
    select
        compared.*,
        case
            when revenue_before > 0
                then cast(
                    greatest(least(cast(revenue as double) / cast(revenue_before as double) - 1, 10000), -10000) * 100 as decimal(18, 9)
                )
        end as per_cent
    from compared
),

numbers as (
    select unnest(range(1, cast(array_length($manager_scores_growths) as bigint))) as number
),

lines as (
    select
        cast($manager_scores_growths[number] as decimal(18, 9)) as from_growth,
        cast($manager_scores_growths[number + 1] as decimal(18, 9)) as to_growth,
        cast($manager_scores_points[number] as double) as from_points,
        cast($manager_scores_points[number + 1] as double) as to_points
    from numbers
),

ends as (
    select
        min(from_growth) as first_growth,
        first_value(from_points order by from_growth) as first_points,
        max(to_growth) as last_growth,
        last_value(to_points order by from_growth) as last_points,
        greatest(max(from_points), max(to_points)) as most_points,
        max(from_growth) as last_but_one,
        min(to_growth) as second
    from lines
)

select
    changed.account_manager,
    changed.registered,
    changed.name,
    changed.team,
    changed.role,
    changed.customers,
    cast(changed.revenue as decimal(38, 6)) as revenue,
    cast(changed.revenue_before as decimal(38, 6)) as revenue_before,
    cast(changed.per_cent as double) / 100 as growth,
    case
        when changed.revenue_before is null then 'no_history'
        when changed.per_cent is null then 'new'
        when changed.per_cent < ends.second then 'down_much'
        when changed.per_cent < 0 then 'down_little'
        when changed.per_cent <= ends.last_but_one then 'up_little'
        else 'up_much'
    end as band,
    100 / ends.most_points * case
        when changed.per_cent is null then null
        when changed.per_cent <= ends.first_growth then ends.first_points
        when changed.per_cent >= ends.last_growth then ends.last_points
        else
            lines.from_points
            + (lines.to_points - lines.from_points)
            * cast(changed.per_cent - lines.from_growth as double) / cast(lines.to_growth - lines.from_growth as double)
    end as points
from changed
cross join ends
left join lines on changed.per_cent >= lines.from_growth and changed.per_cent < lines.to_growth
order by changed.account_manager
