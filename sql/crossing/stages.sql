-- Grain: one row per customer of the table lifecycle.
--
-- customer_id, scheme, label, label_order, words  as in crossing_labels
--
-- Parameters: none.
select customer_id, 'stages' as scheme, stage as label, cast(stage_order as bigint) as label_order, 'lifecycle.stage' as words
from lifecycle
