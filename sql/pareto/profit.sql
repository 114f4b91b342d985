-- Grain: one row per customer with a row of known cost in the last 365 days or in those up to a year ago: profit on goods.
--
-- basis             profit
-- member            the customer's id
-- amount            money: revenue with a known cost less that cost, of the last 365 days; below zero it is a loss. NULL
--                   where no row of these days has a cost
-- amount_year_ago   the same of the 365 days up to a year ago; NULL likewise
--
-- Parameters: $as_of, $year_ago_as_of.
select
    'profit' as basis,
    customer_id as member,
    cast(
        sum(costed_revenue - cost) filter (where day > cast($as_of as date) - interval '365 days') as decimal(38, 6)
    ) as amount,
    cast(
        sum(costed_revenue - cost) filter (
            where day <= $year_ago_as_of and day > cast($year_ago_as_of as date) - interval '365 days'
        ) as decimal(38, 6)
    ) as amount_year_ago
from customer_day
where day <= $as_of and day > cast($year_ago_as_of as date) - interval '365 days' and costed_revenue is not null
group by customer_id
order by customer_id
