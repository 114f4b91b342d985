-- Grain: one row per customer with a predicted value, now or a year ago.
--
-- basis             value
-- member            the customer's id
-- amount            money: predicted value; NULL where nothing is predicted
-- amount_year_ago   the same as of a year ago, by the same forecaster; NULL likewise
--
-- Parameters: none.
select
    'value' as basis,
    coalesce(now.customer_id, earlier.customer_id) as member,
    cast(now.clv as decimal(38, 6)) as amount,
    cast(earlier.clv as decimal(38, 6)) as amount_year_ago
from clv as now
full join year_ago.clv as earlier on now.customer_id = earlier.customer_id
where now.clv is not null or earlier.clv is not null
order by member
