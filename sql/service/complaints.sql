-- Grain: one row per complaint of a customer, of all history.
--
-- interaction_id, customer_id  text
-- day        of the complaint
-- reason     as the source names it; '-' where it names none
-- closed_on  NULL where it is open at $as_of: one closed later is open
-- days       from the complaint to that day; 0 where the source has an earlier day; NULL where it is open
-- solved     closed, and the outcome is none of $service_unsolved
--
-- Parameters: $as_of, $service_unsolved.
with complaints as (
    select
        interaction_id,
        customer_id,
        occurred_at as day,
        coalesce(reason, '-') as reason,
        case when closed_on <= $as_of then closed_on end as closed_on,
        outcome
    from interactions
    where kind = 'complaint' and customer_id is not null and occurred_at <= $as_of
)

select
    interaction_id,
    customer_id,
    day,
    reason,
    closed_on,
    -- greatest() would turn NULL into 0.
    case when closed_on is not null then greatest(closed_on - day, 0) end as days,
    closed_on is not null and not coalesce(array_has($service_unsolved, outcome), false) as solved
from complaints
order by customer_id, day, interaction_id
