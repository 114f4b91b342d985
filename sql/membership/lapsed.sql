-- Grain: one row per customer who once earned the card held or a higher one, and whose spending suffices for neither any more; the
-- highest cards first.
--
-- customer_id  text
-- tier         the card held, as a key
-- qualifies    the card that the spending is still enough for; none
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
where lapsed
order by tier_order desc, spend_12m desc, customer_id
