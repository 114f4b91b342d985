-- Grain: one row per measure, what was measured first, the rule of thumb last.
--
-- measure       rate: complainers who bought; silent: valuable customers who went silent; unhappy: the rule of thumb
-- customers     how many
-- of_customers  of customers who bought
-- share         customers / of_customers; NULL where it would be above 1 or there is none
-- origin        measured, or rule
--
-- Parameters: none.
with measures as (
    select 1 as place, 'rate' as measure, buying_complainers as counted, customers as of_customers, 'measured' as origin
    from complaints_rate
    union all
    select 2, 'silent', silent, customers, 'measured' from complaints_rate
    union all
    select 3, 'unhappy', unhappy_by_rule, customers, 'rule' from complaints_rate
)

select
    measure,
    counted as customers,
    of_customers,
    case when of_customers > 0 and counted <= of_customers then cast(counted as double) / of_customers end as share,
    origin
from measures
order by place
