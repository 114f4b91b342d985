-- Grain: one row per customer who qualifies for a card and has none; the highest cards first.
--
-- customer_id  text
-- eligible     the card to give, as a key
-- spend_12m    money of the last 12 months
-- last_day     last day with an order
--
-- Parameters: none.
select
    owed.customer_id,
    owed.eligible,
    owed.spend_12m,
    owed.last_day
from membership as owed
inner join membership_tiers as tiers on owed.eligible = tiers.tier
where owed.tier_order = 0
order by tiers.tier_order desc, owed.spend_12m desc, owed.customer_id
