-- Grain: three rows, calls, visits and orders, beside the rule of thumb of 300 calls, 30 visits and 1 order; none where no
-- call was made.
--
-- stage          call, visit or order
-- contacts       calls and visits, and customers with an order, of those who entered the funnel
-- per_300_calls  contacts for each 300 calls
-- rule_of_thumb  300, 30 and 1
--
-- Parameters: none.
with rules (stage, position, rule_of_thumb) as (
    values
    ('call', 1, 300),
    ('visit', 2, 30),
    ('order', 3, 1)
),

calls as (
    select contacts from funnel_reached where stage = 'call' and contacts > 0
)

select
    rules.stage,
    funnel_reached.contacts,
    300 * cast(funnel_reached.contacts as double) / calls.contacts as per_300_calls,
    cast(rules.rule_of_thumb as double) as rule_of_thumb
from rules
cross join calls
inner join funnel_reached on rules.stage = funnel_reached.stage
order by rules.position
