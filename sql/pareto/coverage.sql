-- Grain: one row; none without a row of known cost in the last 365 days. How much of the revenue has a known cost.
--
-- basis           profit
-- known_revenue   money of the rows with a known cost, of the last 365 days
-- all_revenue     money of all rows of these days
--
-- Parameters: $as_of.
select
    'profit' as basis,
    cast(sum(costed_revenue) as decimal(38, 6)) as known_revenue,
    cast(sum(revenue) as decimal(38, 6)) as all_revenue
from customer_day
where day <= $as_of and day > cast($as_of as date) - interval '365 days'
having count(costed_revenue) > 0
