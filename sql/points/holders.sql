-- Grain: one row per customer of the module membership: whether the customer holds a card.
--
-- customer_id  text
-- holds        whether a card is held on the day of the report
--
-- Parameters: none.
select customer_id, tier_order > 0 as holds
from membership
order by customer_id
