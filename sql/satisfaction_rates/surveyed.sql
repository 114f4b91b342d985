-- Grain: one row per rate with an answer; columns as in satisfaction_rates_measured.
--
-- satisfaction, repurchase, recommend  customers with a yes, of those who answered
-- loyalty                              customers with a yes to both repurchase and recommend, of those who answered both
--
-- Parameters: none.
with both as (
    select customer_id, bool_and(is_yes) as is_yes
    from satisfaction_rates_answers
    where question in ('repurchase', 'recommend')
    group by customer_id
    having count(*) = 2
)

select question as rate, count(*) filter (where is_yes) as customers, count(*) as of_customers
from satisfaction_rates_answers
group by question
union all
select 'loyalty' as rate, count(*) filter (where is_yes) as customers, count(*) as of_customers
from both
having count(*) > 0
order by rate
