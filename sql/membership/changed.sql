-- Grain: one row per customer whose card is another than one period earlier; the highest cards first.
--
-- customer_id  text
-- tier_before  the card then, as a key; none: no card, or not a customer then
-- tier         the card now; none: no card
-- move         joined: the first card; up, down: another one; closed: no card any more
-- spend_12m    money of the last 12 months
-- last_day     last day with an order
--
-- Parameters: none.
select
    today.customer_id,
    coalesce(earlier.tier, 'none') as tier_before,
    today.tier,
    case
        when today.tier_order = 0 then 'closed'
        when coalesce(earlier.tier_order, 0) = 0 then 'joined'
        when today.tier_order > earlier.tier_order then 'up'
        else 'down'
    end as move,
    today.spend_12m,
    today.last_day
from membership as today
left join previous.membership as earlier on today.customer_id = earlier.customer_id
where today.tier_order <> coalesce(earlier.tier_order, 0)
order by today.tier_order desc, today.spend_12m desc, today.customer_id
