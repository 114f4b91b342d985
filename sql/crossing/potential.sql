-- Grain: one row per customer of the table potential.
--
-- customer_id, scheme, label, label_order, words  as in crossing_labels
--
-- Parameters: none.
select
    customer_id,
    'potential' as scheme,
    action as label,
    cast(
        case action when 'keep' then 1 when 'defend' then 2 when 'develop' then 3 when 'nurture' then 4 else 5 end as bigint
    ) as label_order,
    'potential.action' as words
from potential
