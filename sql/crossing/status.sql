-- Grain: one row per customer of the table churn.
--
-- customer_id, scheme, label, label_order, words  as in crossing_labels
--
-- Parameters: none.
select customer_id, 'status' as scheme, status as label, cast(status_order as bigint) as label_order, 'churn.status' as words
from churn
