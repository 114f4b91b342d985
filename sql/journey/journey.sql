-- Grain: one row per step of the journey, in its order: lead, opportunity, customer, repeat, loyal, lifelong; none where nobody
-- has a lead or an opportunity.
--
-- step         key. A person who came further has come so far too: an order without an opportunity on record is one
-- step_order   1 = lead
-- people       who came so far
-- people_from  who came to the step before; NULL for the first one
-- rate         people / people_from; NULL where nobody came to the step before, and of lifelong as long as the first order of
--              these people is not $lifecycle_lifelong_days old: none of them can be lifelong yet
-- of_leads     people / all with a lead; NULL likewise
--
-- Parameters: $as_of, $lifecycle_lifelong_days.
-- $lifecycle_lifelong_days must be a whole number of 1 or more
with steps (step, step_order) as (
    values ('lead', 1), ('opportunity', 2), ('customer', 3), ('repeat', 4), ('loyal', 5), ('lifelong', 6)
),

could as (
    select coalesce(cast($as_of as date) - min(ordered_on) >= cast($lifecycle_lifelong_days as bigint), false) as be_lifelong
    from journey_people
),

reached as (
    select
        case
            when ordered_on is not null then 2 + coalesce(stage_order, 1)
            when had_opportunity then 2
            else 1
        end as step_order,
        count(*) as people
    from journey_people
    group by 1
),

counted as (
    select
        steps.step,
        steps.step_order,
        coalesce(sum(reached.people) filter (where reached.step_order >= steps.step_order), 0) as people,
        coalesce(sum(reached.people) filter (where reached.step_order >= steps.step_order - 1), 0) as people_from,
        sum(reached.people) as leads
    from steps
    cross join reached
    group by steps.step, steps.step_order
)

select
    step,
    step_order,
    people,
    case when step_order > 1 then people_from end as people_from,
    case
        when step_order > 1 and people_from > 0 and (step <> 'lifelong' or could.be_lifelong)
            then cast(people as double) / cast(people_from as double)
    end as rate,
    case when step <> 'lifelong' or could.be_lifelong then cast(people as double) / cast(leads as double) end as of_leads
from counted
cross join could
order by step_order
