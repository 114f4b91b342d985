-- Grain: one row per customer who entered the funnel in the last $funnel_cohort_days that are complete: $funnel_days have
-- passed since.
--
-- customer_id  text
-- entered_on   the first day in those days with a contact of the first stage
-- channel      of that contact; `-`: the source names none
-- existing     the customer had ordered before that day
-- stage_1 ... stage_4  the day on which each stage was reached: the first contact of its kind that did not fail, on or after the
--              day of the stage before, at most $funnel_days after entered_on; NULL if it was not, or if there are fewer stages. A
--              stage without the one before it is not reached
-- ordered_on   likewise the first order on or after the day of the last stage
-- any_order    the first order from entered_on to $funnel_days later, whatever the stages
--
-- Parameters: $as_of, $funnel_days, $funnel_cohort_days.
-- $funnel_days must be a whole number from 1 to 3650
-- $funnel_cohort_days must be a whole number from 1 to 3650
with entries as (
    select customer_id, min(day) as entered_on
    from funnel_contacts
    where
        stage_order = 1
        and cast($as_of as date) - day >= cast($funnel_days as bigint)
        and cast($as_of as date) - day < cast($funnel_days as bigint) + cast($funnel_cohort_days as bigint)
    group by customer_id
),

-- Contacts within the time of each.
later as (
    select entries.customer_id, entries.entered_on, funnel_contacts.day, funnel_contacts.stage_order, funnel_contacts.channel
    from entries
    inner join funnel_contacts on entries.customer_id = funnel_contacts.customer_id
    where
        funnel_contacts.day >= entries.entered_on
        and funnel_contacts.day - entries.entered_on <= cast($funnel_days as bigint)
        -- Who enters need not be reached by the first call.
        and (funnel_contacts.held > 0 or funnel_contacts.stage_order = 1)
),

first_stage as (
    select customer_id, entered_on, entered_on as stage_1, min(channel) as channel
    from later
    where stage_order = 1 and day = entered_on
    group by customer_id, entered_on
),

second_stage as (
    select first_stage.customer_id, min(later.day) as day
    from first_stage
    inner join later on first_stage.customer_id = later.customer_id and later.stage_order = 2
    where later.day >= first_stage.stage_1
    group by first_stage.customer_id
),

third_stage as (
    select second_stage.customer_id, min(later.day) as day
    from second_stage
    inner join later on second_stage.customer_id = later.customer_id and later.stage_order = 3
    where later.day >= second_stage.day
    group by second_stage.customer_id
),

fourth_stage as (
    select third_stage.customer_id, min(later.day) as day
    from third_stage
    inner join later on third_stage.customer_id = later.customer_id and later.stage_order = 4
    where later.day >= third_stage.day
    group by third_stage.customer_id
),

stages as (
    select coalesce(max(stage_order), 0) as stages from funnel_kinds
),

reached as (
    select
        first_stage.customer_id,
        first_stage.entered_on,
        first_stage.channel,
        first_stage.stage_1,
        second_stage.day as stage_2,
        third_stage.day as stage_3,
        fourth_stage.day as stage_4,
        case stages.stages
            when 1 then first_stage.stage_1
            when 2 then second_stage.day
            when 3 then third_stage.day
            when 4 then fourth_stage.day
        end as last_stage
    from first_stage
    cross join stages
    left join second_stage on first_stage.customer_id = second_stage.customer_id
    left join third_stage on first_stage.customer_id = third_stage.customer_id
    left join fourth_stage on first_stage.customer_id = fourth_stage.customer_id
),

ordered as (
    select
        reached.customer_id,
        bool_or(customer_day.day < reached.entered_on) as existing,
        min(customer_day.day) filter (
            where
                customer_day.day >= reached.entered_on
                and customer_day.day - reached.entered_on <= cast($funnel_days as bigint)
        ) as any_order,
        min(customer_day.day) filter (
            where
                customer_day.day >= reached.last_stage
                and customer_day.day - reached.entered_on <= cast($funnel_days as bigint)
        ) as ordered_on
    from reached
    inner join customer_day on reached.customer_id = customer_day.customer_id
    where customer_day.orders > 0 and customer_day.day <= cast($as_of as date)
    group by reached.customer_id
)

select
    reached.customer_id,
    reached.entered_on,
    coalesce(reached.channel, '-') as channel,
    coalesce(ordered.existing, false) as existing,
    reached.stage_1,
    reached.stage_2,
    reached.stage_3,
    reached.stage_4,
    ordered.ordered_on,
    ordered.any_order
from reached
left join ordered on reached.customer_id = ordered.customer_id
order by reached.customer_id
