-- Grain: one row, or none without a card one period earlier: customers who moved up to a higher card, since one period
-- before the day of the report, as in membership_moves.
--
-- indicator, position, numerator, denominator, known  as in indicators_measured
--
-- Parameters: none.
select
    'upgraded_cards' as indicator,
    cast(5 as bigint) as position,
    cast(count(*) filter (where today.tier_order > earlier.tier_order) as decimal(38, 6)) as numerator,
    cast(count(*) as decimal(38, 6)) as denominator,
    true as known
from previous.membership as earlier
inner join membership as today on earlier.customer_id = today.customer_id
where earlier.tier_order > 0
having count(*) > 0
