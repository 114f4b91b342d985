-- Grain: one row per customer of completeness_list and field that is missing; in the order of that table. For its cells.
--
-- customer_id  text
-- word         the key of the field's name
--
-- Parameters: none.
with lacks as (
    select customer_id, revenue_12m, unnest(string_to_array(missing, ', ')) as field
    from completeness_list
    where missing <> ''
)

select customer_id, concat('completeness.field.', field) as word
from lacks
order by revenue_12m desc, customer_id, field
