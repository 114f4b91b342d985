-- Grain: one row per customer of the table segments.
--
-- customer_id, scheme, label, label_order, words  as in crossing_labels
--
-- Parameters: none.
select customer_id, 'segments' as scheme, segment as label, cast(segment_order as bigint) as label_order, 'segments.name' as words
from segments
