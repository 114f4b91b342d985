-- Grain: one row per stage, the order last; none where nobody entered.
--
-- stage        lead, call, visit, opportunity or order
-- stage_order  1 = the first stage; 9 = order
-- customers    who reached it
-- contacts     contacts of that kind (funnel_contacts) within the $funnel_days of all who entered; of the order: customers
-- days         median days from entering to the stage; NULL where nobody reached it
--
-- Parameters: $funnel_days.
-- $funnel_days must be a whole number from 1 to 3650
with stages as (
    select stage, stage_order from funnel_kinds
    union all
    select 'order' as stage, 9 as stage_order
),

days as (
    select
        stages.stage,
        stages.stage_order,
        case stages.stage_order
            when 1 then funnel_customers.stage_1
            when 2 then funnel_customers.stage_2
            when 3 then funnel_customers.stage_3
            when 4 then funnel_customers.stage_4
            else funnel_customers.ordered_on
        end - funnel_customers.entered_on as days
    from funnel_customers
    cross join stages
),

contacted as (
    select funnel_contacts.stage, sum(funnel_contacts.contacts) as contacts
    from funnel_customers
    inner join funnel_contacts on funnel_customers.customer_id = funnel_contacts.customer_id
    where
        funnel_contacts.day >= funnel_customers.entered_on
        and funnel_contacts.day - funnel_customers.entered_on <= cast($funnel_days as bigint)
    group by funnel_contacts.stage
),

counted as (
    select stage, stage_order, count(days) as customers, median(cast(days as double)) as days
    from days
    group by stage, stage_order
)

select
    counted.stage,
    cast(counted.stage_order as bigint) as stage_order,
    counted.customers,
    case when counted.stage = 'order' then counted.customers else coalesce(contacted.contacts, 0) end as contacts,
    counted.days
from counted
left join contacted on counted.stage = contacted.stage
order by stage_order
