-- Grain: one row per card holder who qualifies for a higher card than the register has; the highest cards first. Who has no card
-- is in membership_enrol.
--
-- customer_id  text
-- tier         the card held, as a key
-- eligible     the card to give
-- spend_12m    money of the last 12 months
-- last_day     last day with an order
--
-- Parameters: none.
select
    owed.customer_id,
    owed.tier,
    owed.eligible,
    owed.spend_12m,
    owed.last_day
from membership as owed
inner join membership_tiers as tiers on owed.eligible = tiers.tier
where owed.tier_order > 0
order by tiers.tier_order desc, owed.spend_12m desc, owed.customer_id
