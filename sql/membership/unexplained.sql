-- Grain: one row per customer with a card that no purchase explains: its rule, or that of a higher card, held on no day of
-- history. It was granted, or given before history begins. The highest cards first.
--
-- customer_id  text
-- tier         the card held, as a key
-- qualifies    the card that the spending is enough for; none
-- since        the day on which the card came
-- spend_12m    money of the last 12 months
-- last_day     last day with an order
--
-- Parameters: none.
select
    customer_id,
    tier,
    qualifies,
    since,
    spend_12m,
    last_day
from membership
where unexplained
order by tier_order desc, spend_12m desc, customer_id
