-- Grain: one row per customer with an order, or with money, in the last 365 days or in those up to a year ago: revenue, as
-- the module concentration counts it.
--
-- basis             revenue
-- member            the customer's id
-- amount            money of the last 365 days; NULL where there was neither an order nor money in these
-- amount_year_ago   money of the 365 days up to a year ago; NULL likewise
--
-- Parameters: $as_of, $year_ago_as_of.
select
    'revenue' as basis,
    customer_id as member,
    cast(sum(revenue) filter (where day > cast($as_of as date) - interval '365 days') as decimal(38, 6)) as amount,
    cast(
        sum(revenue) filter (
            where day <= $year_ago_as_of and day > cast($year_ago_as_of as date) - interval '365 days'
        ) as decimal(38, 6)
    ) as amount_year_ago
from customer_day
where
    day <= $as_of
    and day > cast($year_ago_as_of as date) - interval '365 days'
    and (orders > 0 or revenue <> 0)
group by customer_id
order by customer_id
