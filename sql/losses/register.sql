-- Grain: one row per loss: reports of losses_events on a customer, each less than $losses_apart_days days after the one before; the
-- latest loss first.
--
-- customer_id      text
-- lost_on          the day of the first report
-- cause            the reason of the first report that gives one; `-` where none does
-- outcome          of the first report that gives one; likewise
-- nature           released or lapsed, by the reason or the outcome; else not_said (no reason) or left (any other)
-- account_manager  of the first report that names one, else who is in charge; NULL where nobody is known
-- spent            money of the 365 days up to lost_on
-- papers_due       lost_on + $losses_paper_days: lost on 1 March, due 11 March
-- analysis_on, measures_on  the first day on which the paper was handed in, by a row from lost_on on and before the customer's next
--                  loss; NULL: not as of $as_of
-- analysis, measures  in_time: up to papers_due; late: after it; open: not there, and not due before $as_of; missing
-- back_on          first day with an order after lost_on; NULL without one
--
-- It is made of dated rows up to $as_of alone: at an earlier day it is the register of that day.
--
-- Parameters: $as_of, $losses_apart_days, $losses_paper_days, $losses_released, $losses_lapsed.
with ordered as (
    select *, lag(day) over (partition by customer_id order by day, cause, outcome) as day_before
    from losses_events
),

numbered as (
    select
        *,
        sum(case when day_before is null or day - day_before >= $losses_apart_days then 1 else 0 end) over (
            partition by customer_id order by day, cause, outcome
            rows between unbounded preceding and current row
        ) as loss
    from ordered
),

losses as (
    select
        customer_id,
        loss,
        min(day) as lost_on,
        coalesce(
            first_value(nullif(cause, '-') order by case when cause = '-' then 1 else 0 end, day, cause), '-'
        ) as cause,
        coalesce(
            first_value(nullif(outcome, '-') order by case when outcome = '-' then 1 else 0 end, day, outcome), '-'
        ) as outcome,
        first_value(account_manager order by case when account_manager is null then 1 else 0 end, day, account_manager)
            as account_manager
    from numbered
    group by customer_id, loss
),

dated as (
    select
        *,
        cast(lost_on + interval $losses_paper_days day as date) as papers_due,
        lead(lost_on) over (partition by customer_id order by loss) as next_loss
    from losses
),

papers as (
    select
        dated.customer_id,
        dated.loss,
        min(case when came.paper = 'analysis' then came.came_on end) as analysis_on,
        min(case when came.paper = 'measures' then came.came_on end) as measures_on
    from dated
    inner join losses_papers_in as came on dated.customer_id = came.customer_id
    where came.day >= dated.lost_on and (dated.next_loss is null or came.day < dated.next_loss)
    group by dated.customer_id, dated.loss
),

-- Days with money or an order of the customers of the register.
days as (
    select
        dated.customer_id,
        dated.loss,
        sum(customer_day.revenue) filter (
            where customer_day.day <= dated.lost_on and customer_day.day > cast(dated.lost_on - interval 365 day as date)
        ) as spent,
        min(customer_day.day) filter (where customer_day.day > dated.lost_on and customer_day.orders > 0) as back_on
    from dated
    inner join customer_day on dated.customer_id = customer_day.customer_id
    where customer_day.day <= cast($as_of as date)
    group by dated.customer_id, dated.loss
)

select
    dated.customer_id,
    dated.lost_on,
    dated.cause,
    dated.outcome,
    case
        when array_has($losses_released, dated.cause) or array_has($losses_released, dated.outcome) then 'released'
        when array_has($losses_lapsed, dated.cause) or array_has($losses_lapsed, dated.outcome) then 'lapsed'
        when dated.cause = '-' then 'not_said'
        else 'left'
    end as nature,
    coalesce(dated.account_manager, in_charge.account_manager) as account_manager,
    coalesce(days.spent, 0) as spent,
    dated.papers_due,
    papers.analysis_on,
    papers.measures_on,
    case
        when papers.analysis_on <= dated.papers_due then 'in_time'
        when papers.analysis_on is not null then 'late'
        when dated.papers_due >= cast($as_of as date) then 'open'
        else 'missing'
    end as analysis,
    case
        when papers.measures_on <= dated.papers_due then 'in_time'
        when papers.measures_on is not null then 'late'
        when dated.papers_due >= cast($as_of as date) then 'open'
        else 'missing'
    end as measures,
    days.back_on
from dated
left join papers on dated.customer_id = papers.customer_id and dated.loss = papers.loss
left join days on dated.customer_id = days.customer_id and dated.loss = days.loss
left join in_charge on dated.customer_id = in_charge.customer_id
order by dated.lost_on desc, dated.customer_id
