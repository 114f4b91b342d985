-- Grain: four rows, as steps from the value one period earlier to that of now, for a picture; none where the former
-- is not known.
--
-- step_name  key: before, number, mean, now
-- amount     money; a step that takes off is below zero
-- is_total   whether it is an amount: the first and the last
--
-- Parameters: none.
with steps as (
    select 1 as number, 'before' as step_name, value_before as amount, true as is_total from equity
    union all
    select 2, 'number', from_number, false from equity
    union all
    select 3, 'mean', from_mean, false from equity
    union all
    select 4, 'now', value, true from equity
)

select step_name, amount, is_total
from steps
where (select value_before from equity) is not null
order by number
