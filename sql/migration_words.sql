-- Grain: one row, the sentence of the section on movements.
--
-- place, word          where it stands, and its key in the words file
-- step                 the table that its figures come from
-- since                the day that is compared with
-- up, down             customers who moved to a better segment, and to a lower one
-- customers, new       all who were customers then, and those who were not
--
-- Parameters: $previous_as_of.
with counted as (
    select
        coalesce(sum(customers) filter (where to_order < from_order), 0) as up,
        coalesce(sum(customers) filter (where to_order > from_order), 0) as down,
        coalesce(sum(customers) filter (where from_order is not null), 0) as customers,
        coalesce(sum(customers) filter (where from_order is null), 0) as new
    from migration
    having count(*) > 0
)

select
    case when customers > 0 then 'answer' else 'left_out' end as place,
    case
        when customers = 0 then 'migration.no_history'
        when up = 0 and down = 0 and new = 0 then 'migration.answer_still_nobody_new'
        when up = 0 and down = 0 then 'migration.answer_still'
        when down = 0 and new = 0 then 'migration.answer_up_nobody_new'
        when down = 0 then 'migration.answer_up'
        when up = 0 and new = 0 then 'migration.answer_down_nobody_new'
        when up = 0 then 'migration.answer_down'
        when new = 0 then 'migration.answer_nobody_new'
        else 'migration.answer'
    end as word,
    'migration' as step,
    cast($previous_as_of as date) as since,
    up,
    down,
    customers,
    new
from counted
