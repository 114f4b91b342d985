-- Grain: one row per customer who holds a card for whose rule the spending suffices no more; the highest cards first.
--
-- customer_id  text
-- tier         the card held, as a key
-- qualifies    the card that the spending is still enough for; none
-- ever         whether the rules ever gave that card or a higher one; else it was granted
-- since        the day on which the card came
-- spend_12m    money of the last 12 months
-- last_day     last day with an order
--
-- Parameters: none.
select
    customer_id,
    tier,
    qualifies,
    earned_order >= tier_order as ever,
    since,
    spend_12m,
    last_day
from membership
where lapsed
order by tier_order desc, spend_12m desc, customer_id
