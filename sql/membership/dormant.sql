-- Grain: one row per customer whose card is dormant; the highest cards first.
--
-- customer_id  text
-- tier         the card held, as a key
-- since        the day on which the card came
-- last_day     last day with an order; NULL without one
-- silent_days  days since; likewise
-- spend_12m    money of the last 12 months
--
-- Parameters: none.
select
    customer_id,
    tier,
    since,
    last_day,
    silent_days,
    spend_12m
from membership
where dormant
order by tier_order desc, spend_12m desc, customer_id
