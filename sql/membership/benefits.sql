-- Grain: one row per card of the scheme, the highest first: what its holder has of it.
--
-- tier, tier_order  the card
-- price_factor      the part of the price that its holder pays
-- offer_factor      the same of goods that are $membership_offer off already: one discount on top of the other, so the factors multiply
-- parking_hours     hours of free parking; NULL where the scheme has none
--
-- Parameters: $membership_offer.
-- $membership_offer must be a number from 0 to 1
select
    tier,
    tier_order,
    price_factor,
    cast(price_factor * (1 - cast($membership_offer as decimal(9, 4))) as decimal(9, 4)) as offer_factor,
    parking_hours
from membership_tiers
order by tier_order desc
