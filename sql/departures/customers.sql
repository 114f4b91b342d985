-- Grain: one row per customer × manager who left in the last $departures_days days, up to $as_of; the most revenue first.
--
-- A customer was a manager's if an assignment began up to the manager's last day and ended, if at all, not earlier than
-- $departures_ahead_days days before it.
--
-- account_manager  who left
-- customer_id      text
-- left_on          the manager's last day
-- state            handed_over: on $as_of the customer is assigned to another who has not left; else open
-- handed_to, handed_on  that one, with the largest credit, else the latest; and since when. NULL: nobody
-- days_alone       days from left_on to handed_on, 0 at least, or to $as_of
-- status           of churn; NULL without a transaction
-- spent            money of the 365 days up to left_on
-- revenue_12m      money of the last 365 days
--
-- Parameters: $as_of, $departures_days, $departures_ahead_days.
with leavers as (
    select cast(account_manager as varchar) as account_manager, max(coalesce(cast(active_to as date), date '9999-12-31')) as left_on
    from managers
    group by cast(account_manager as varchar)
    having
        max(coalesce(cast(active_to as date), date '9999-12-31')) <= cast($as_of as date)
        and max(coalesce(cast(active_to as date), date '9999-12-31'))
        > cast(cast($as_of as date) - interval $departures_days day as date)
),

theirs as (
    select distinct
        leavers.account_manager,
        leavers.left_on,
        cast(assignments.customer_id as varchar) as customer_id
    from assignments
    inner join leavers on cast(assignments.account_manager as varchar) = leavers.account_manager
    where
        cast(assignments.from_day as date) <= leavers.left_on
        and (
            assignments.to_day is null
            or cast(assignments.to_day as date)
            >= cast(leavers.left_on - interval $departures_ahead_days day as date)
        )
),

heirs as (
    select
        customer_id,
        account_manager,
        since,
        row_number() over (partition by customer_id order by credit desc, since desc, account_manager) as place
    from departures_assigned
    where not has_left
),

spent as (
    select theirs.customer_id, theirs.left_on, sum(customer_day.revenue) as spent
    from (select distinct customer_id, left_on from theirs) as theirs
    inner join customer_day on theirs.customer_id = customer_day.customer_id
    where customer_day.day <= theirs.left_on and customer_day.day > cast(theirs.left_on - interval 365 day as date)
    group by theirs.customer_id, theirs.left_on
)

select
    theirs.account_manager,
    theirs.customer_id,
    theirs.left_on,
    case when heirs.customer_id is null then 'open' else 'handed_over' end as state,
    heirs.account_manager as handed_to,
    heirs.since as handed_on,
    cast(greatest(coalesce(heirs.since, cast($as_of as date)) - theirs.left_on, 0) as bigint) as days_alone,
    churn.status,
    coalesce(spent.spent, 0) as spent,
    coalesce(churn.revenue_12m, 0) as revenue_12m
from theirs
left join heirs on theirs.customer_id = heirs.customer_id and heirs.place = 1
left join churn on theirs.customer_id = churn.customer_id
left join spent on theirs.customer_id = spent.customer_id and theirs.left_on = spent.left_on
order by coalesce(churn.revenue_12m, 0) desc, theirs.customer_id, theirs.account_manager
