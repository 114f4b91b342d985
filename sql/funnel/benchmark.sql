-- Grain: three rows, calls, visits and orders, beside the rule of thumb of 300 calls, 30 visits and 1 order; none where no
-- call was made.
--
-- stage          call, visit or order
-- contacts       calls, and visits that did not fail, within the $funnel_days of all who entered the funnel; customers who
--                reached the order
-- per_300_calls  contacts for each 300 calls
-- rule_of_thumb  300, 30 and 1
--
-- Parameters: $funnel_days.
-- $funnel_days must be a whole number from 1 to 3650
with rules (stage, position, rule_of_thumb) as (
    values
    ('call', 1, 300),
    ('visit', 2, 30),
    ('order', 3, 1)
),

contacted as (
    select
        coalesce(sum(funnel_contacts.contacts) filter (where funnel_contacts.stage = 'call'), 0) as calls,
        coalesce(sum(funnel_contacts.contacts) filter (where funnel_contacts.stage = 'visit'), 0) as visits
    from funnel_customers
    inner join funnel_contacts on funnel_customers.customer_id = funnel_contacts.customer_id
    where
        funnel_contacts.day >= funnel_customers.entered_on
        and funnel_contacts.day - funnel_customers.entered_on <= cast($funnel_days as bigint)
),

ordered as (
    select count(ordered_on) as orders from funnel_customers
),

counted as (
    select
        rules.stage,
        rules.position,
        rules.rule_of_thumb,
        contacted.calls,
        case rules.stage when 'call' then contacted.calls when 'visit' then contacted.visits else ordered.orders end as contacts
    from rules
    cross join contacted
    cross join ordered
    where contacted.calls > 0
)

select
    stage,
    contacts,
    300 * cast(contacts as double) / calls as per_300_calls,
    cast(rule_of_thumb as double) as rule_of_thumb
from counted
order by position
