-- Grain: one row per customer whose action is develop or defend, the list to work off: to develop first those who
-- say what they spend elsewhere, by that, then the others by predicted value; to defend by current value.
--
-- action       key
-- customer_id  text
-- cell         key
-- basis        key: what the potential is
-- revenue_12m, clv  money
-- elsewhere    money; NULL where it is not known
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
        potential.elsewhere,
        potential.basis,
        case when potential.action = 'defend' then 3 when potential.basis = 'stated' then 1 else 2 end as action_order,
        case potential.action when 'develop' then coalesce(potential.elsewhere, potential.clv) else cast(potential.revenue_12m as decimal(38, 6)) end as weight
    from potential
    where potential.action in ('develop', 'defend')
),

described as (
    select chosen.*, customer_summary.last_day, churn.status
    from chosen
    inner join customer_summary on chosen.customer_id = customer_summary.customer_id
    inner join churn on chosen.customer_id = churn.customer_id
)

select action, customer_id, cell, basis, revenue_12m, clv, elsewhere, last_day, status
from described
order by action_order, weight desc, customer_id
