-- Grain: one row per customer with a label of the scheme of the rows, one period earlier.
--
-- customer_id, label, label_order, words  as in crossing_labels
--
-- Parameters: $crossing_rows.
select customer_id, label, label_order, words from previous.crossing_labels where scheme = $crossing_rows
