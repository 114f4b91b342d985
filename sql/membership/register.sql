-- Grain: one row per event of a card, and one row that says that a register of cards is kept.
--
-- customer_id  text; NULL in that one row
-- day          the day of the event; likewise
-- event        issued, approved, rejected, granted, closed; register in that one row
-- tier         the card, as a key; NULL where the event is for all cards
--
-- Parameters: $as_of.
select
    cast(customer_id as varchar) as customer_id,
    cast(day as date) as day,
    cast(event as varchar) as event,
    cast(tier as varchar) as tier
from members
where cast(day as date) <= $as_of
union all
select
    cast(null as varchar) as customer_id,
    cast(null as date) as day,
    'register' as event,
    cast(null as varchar) as tier
