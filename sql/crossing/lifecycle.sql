-- Grain: one row per customer of the table lifecycle.
--
-- customer_id, scheme, label, label_order, words  as in crossing_labels
--
-- Parameters: none.
select customer_id, 'lifecycle' as scheme, phase as label, cast(phase_order as bigint) as label_order, 'lifecycle.phase' as words
from lifecycle
