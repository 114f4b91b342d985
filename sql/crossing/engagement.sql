-- Grain: one row per customer of the table engagement.
--
-- customer_id, scheme, label, label_order, words  as in crossing_labels
--
-- Parameters: none.
select
    customer_id,
    'engagement' as scheme,
    quarter as label,
    cast(case quarter when 'core' then 1 when 'undervalued' then 2 when 'distant' then 3 else 4 end as bigint) as label_order,
    'engagement.quarter' as words
from engagement
