-- Grain: one row per step from customer on, of those who were asked for their satisfaction; none without an answer.
--
-- step        customer, repeat, loyal, lifelong: the stage that a customer is in
-- step_order  as in journey
-- asked       customers of the stage with an answer
-- satisfied   of these, with the score or a better one in the latest answer
-- rate        satisfied / asked
--
-- Parameters: none.
with joined as (
    select
        lifecycle.stage_order + 2 as step_order,
        case lifecycle.stage_order when 1 then 'customer' when 2 then 'repeat' when 3 then 'loyal' else 'lifelong' end as step,
        journey_answers.satisfied
    from journey_answers
    inner join lifecycle on journey_answers.customer_id = lifecycle.customer_id
)

select
    step,
    step_order,
    count(*) as asked,
    count(*) filter (where satisfied) as satisfied,
    cast(count(*) filter (where satisfied) as double) / cast(count(*) as double) as rate
from joined
group by step, step_order
order by step_order
