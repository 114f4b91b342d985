-- Grain: one row per customer who is near the next card; the highest cards first, and of these who is nearest.
--
-- customer_id  text
-- tier         the card held, as a key; none: no card
-- next_tier    the next one
-- gap          money that is missing
-- gap_by       the sum that is too low
-- spend_12m    money of the last 12 months
-- last_day     last day with an order
--
-- Parameters: none.
select
    near.customer_id,
    near.tier,
    near.next_tier,
    near.gap,
    near.gap_by,
    near.spend_12m,
    near.last_day
from membership as near
inner join membership_tiers as ahead on near.next_tier = ahead.tier
where near.near
order by ahead.tier_order desc, near.gap, near.spend_12m desc, near.customer_id
