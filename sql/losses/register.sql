-- Grain: one row per loss: rows of losses_events of a customer, each less than $losses_apart_days days after the one before; the
-- latest loss first.
--
-- customer_id      text
-- lost_on          the first day of these
-- origin           of the first row; of several on that day the request
-- cause            the reason of the first row that gives one; `-` where none does
-- nature           released, lapsed, not_said (no reason) or left (any other)
-- account_manager  of the first row that names one, else who is in charge; NULL where nobody is known
-- spent            money of the 365 days up to lost_on
-- papers_due       lost_on + $losses_paper_days: lost on 1 March, due 11 March
-- analysis_on, measures_on  the first day on which the paper was handed in; NULL: not as of $as_of
-- analysis, measures  in_time: up to papers_due; late: after it; open: not there, and not due before $as_of; missing
-- back_on          first day with an order after lost_on; NULL without one
--
-- It is made of dated rows up to $as_of alone: at an earlier day it is the register of that day.
--
-- Parameters: $as_of, $losses_apart_days, $losses_paper_days, $losses_released, $losses_lapsed.
with ordered as (
    select *, lag(day) over (partition by customer_id order by day, origin, cause) as day_before
    from losses_events
),

numbered as (
    select
        *,
        sum(case when day_before is null or day - day_before >= $losses_apart_days then 1 else 0 end) over (
            partition by customer_id order by day, origin, cause
            rows between unbounded preceding and current row
        ) as loss
    from ordered
),

losses as (
    select
        customer_id,
        loss,
        min(day) as lost_on,
        first_value(origin order by day, origin) as origin,
        coalesce(first_value(nullif(cause, '-') order by case when cause = '-' then 1 else 0 end, day, origin, cause), '-') as cause,
        first_value(account_manager order by case when account_manager is null then 1 else 0 end, day, origin) as account_manager,
        min(analysis_on) as analysis_on,
        min(measures_on) as measures_on
    from numbered
    group by customer_id, loss
),

dated as (
    select *, cast(lost_on + interval $losses_paper_days day as date) as papers_due from losses
),

-- Days with money or an order of the customers of the register.
days as (
    select
        dated.customer_id,
        dated.lost_on,
        sum(customer_day.revenue) filter (
            where customer_day.day <= dated.lost_on and customer_day.day > cast(dated.lost_on - interval 365 day as date)
        ) as spent,
        min(customer_day.day) filter (where customer_day.day > dated.lost_on and customer_day.orders > 0) as back_on
    from dated
    inner join customer_day on dated.customer_id = customer_day.customer_id
    where customer_day.day <= cast($as_of as date)
    group by dated.customer_id, dated.lost_on
)

select
    dated.customer_id,
    dated.lost_on,
    dated.origin,
    dated.cause,
    case
        when array_has($losses_released, dated.cause) then 'released'
        when array_has($losses_lapsed, dated.cause) then 'lapsed'
        when dated.cause = '-' then 'not_said'
        else 'left'
    end as nature,
    coalesce(dated.account_manager, in_charge.account_manager) as account_manager,
    coalesce(days.spent, 0) as spent,
    dated.papers_due,
    dated.analysis_on,
    dated.measures_on,
    case
        when dated.analysis_on <= dated.papers_due then 'in_time'
        when dated.analysis_on is not null then 'late'
        when dated.papers_due >= cast($as_of as date) then 'open'
        else 'missing'
    end as analysis,
    case
        when dated.measures_on <= dated.papers_due then 'in_time'
        when dated.measures_on is not null then 'late'
        when dated.papers_due >= cast($as_of as date) then 'open'
        else 'missing'
    end as measures,
    days.back_on
from dated
left join days on dated.customer_id = days.customer_id and dated.lost_on = days.lost_on
left join in_charge on dated.customer_id = in_charge.customer_id
order by dated.lost_on desc, dated.customer_id
