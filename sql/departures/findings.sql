-- Grain: one row if customers of managers who left are assigned to nobody and have revenue; else none. One customer is enough: each
-- is to be handed over. Columns as in findings.sql.
--
-- Parameters: none.
with open_customers as (
    select customer_id, max(revenue_12m) as revenue_12m from departures_open group by customer_id
),

all_customers as (
    select count(distinct customer_id) as customers from departures_customers
)

select
    'departures_open' as rule,
    cast(sum(open_customers.revenue_12m) as decimal(38, 6)) as money,
    cast(null as decimal(38, 6)) as value,
    cast(null as decimal(38, 6)) as before,
    cast(null as decimal(38, 6)) as change,
    count(*) as customers,
    max(all_customers.customers) as of_customers,
    cast(null as varchar) as name,
    'departures_open' as step,
    false as of_data
from open_customers
cross join all_customers
having sum(open_customers.revenue_12m) > 0
