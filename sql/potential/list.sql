-- Grain: one row per customer whose action is develop or defend, the list to work off: to develop by potential, to defend by
-- current value.
--
-- action       key
-- customer_id  text
-- cell         key
-- revenue_12m, clv  money
-- last_day     last day with an order
-- status       key, as in churn
--
-- Parameters: none.
with chosen as (
    select
        potential.action,
        potential.customer_id,
        potential.cell,
        potential.revenue_12m,
        potential.clv,
        case potential.action when 'develop' then 1 else 2 end as action_order,
        case potential.action when 'develop' then potential.clv else cast(potential.revenue_12m as decimal(38, 6)) end as weight
    from potential
    where potential.action in ('develop', 'defend')
),

described as (
    select chosen.*, customer_summary.last_day, churn.status
    from chosen
    inner join customer_summary on chosen.customer_id = customer_summary.customer_id
    inner join churn on chosen.customer_id = churn.customer_id
)

select action, customer_id, cell, revenue_12m, clv, last_day, status
from described
order by action_order, weight desc, customer_id
