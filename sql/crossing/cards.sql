-- Grain: one row per customer of the table membership.
--
-- customer_id, scheme, label, label_order, words  as in crossing_labels
--
-- Parameters: none.
select customer_id, 'cards' as scheme, tier as label, cast(tier_order as bigint) as label_order, 'membership.tier' as words
from membership
