-- Grain: one row, a note of the section on satisfaction; none below $least_customers content customers, or where no newcomer
-- names any customer with an answer.
--
-- per_hundred, newcomers, content   of the content customers: satisfaction_referrals
-- per_hundred_others                of the others with an answer
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
with read as (
    select
        max(per_hundred) filter (where content) as per_hundred,
        max(newcomers) filter (where content) as newcomers,
        max(customers) filter (where content) as content,
        max(per_hundred) filter (where not content) as per_hundred_others,
        max(customers) filter (where not content) as others,
        sum(newcomers) as all_newcomers
    from satisfaction_referrals
)

select
    'note' as place,
    cast(6 as bigint) as position,
    case when others >= $least_customers then 'satisfaction.note.referrals' else 'satisfaction.note.referrals_content' end as word,
    'satisfaction_referrals' as step,
    per_hundred,
    newcomers,
    content,
    per_hundred_others
from read
where content >= $least_customers and all_newcomers > 0
