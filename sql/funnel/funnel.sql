-- Grain: one row per stage, the order last; none where nobody entered.
--
-- stage, stage_order, customers, contacts, days  as in funnel_reached
-- of_before     customers / customers of the stage before; NULL of the first stage, or if nobody reached that
-- of_first      customers / customers of the first stage
-- year_ago      of_first a year ago; NULL where nobody had entered then
--
-- Parameters: none.
with first_stage as (
    select customers from funnel_reached where stage_order = 1
),

first_year_ago as (
    select customers from year_ago.funnel_reached where stage_order = 1
)

select
    now.stage,
    now.stage_order,
    now.customers,
    now.contacts,
    cast(now.customers as double) / nullif(lag(now.customers) over (order by now.stage_order), 0) as of_before,
    cast(now.customers as double) / nullif(first_stage.customers, 0) as of_first,
    cast(last_year.customers as double) / nullif(first_year_ago.customers, 0) as year_ago,
    now.days
from funnel_reached as now
cross join first_stage
left join year_ago.funnel_reached as last_year on now.stage = last_year.stage
left join first_year_ago on true
order by stage_order
