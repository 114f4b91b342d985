-- Grain: one row per card of the scheme of five cards, the lowest first.
--
-- tier          key
-- tier_order    1 = the lowest; the scheme of two cards has the same numbers for its cards: colours and words then agree
-- is_vip        whether its holders are VIPs
-- by_approval   whether somebody has to approve it; else it comes by the rule alone
-- joined        how its conditions are joined: all, any, or match: as $match says
-- first_spend   money of the customer's first day with an order, at least; NULL in this column and the next six: no condition
-- spend_3m, spend_6m, spend_12m  money of the last 3, 6, 12 months, at least
-- day_spend     money of the best day, at least
-- total_spend   money of all days, at least
-- points        points, at least
-- point_money   money that earns a point
-- price_factor  the part of a partner's price that its holder pays
-- parking_hours hours of free parking
--
-- To change the scheme, copy this file into the project (`regulars eject sql/membership/tiers_five_cards.sql`) and edit the rows.
--
-- Parameters: none.
with tiers (
    tier, tier_order, is_vip, by_approval, joined,
    first_spend, spend_3m, spend_6m, spend_12m, day_spend, total_spend, points,
    price_factor, parking_hours
) as (
    values
    ('basic', 1, false, false, 'all', 500, 1500, null, null, null, null, null, 0.95, 1),
    ('silver', 2, false, false, 'match', null, null, 3000, 5000, null, null, null, 0.90, 2),
    ('gold', 3, false, false, 'match', null, null, 5000, 8000, null, null, null, 0.88, 4),
    ('diamond', 4, true, false, 'match', null, null, null, 20000, null, null, null, 0.85, 4),
    ('purple_gold', 5, true, true, 'match', null, null, null, 40000, null, null, null, 0.80, 6)
)

select
    tier,
    cast(tier_order as bigint) as tier_order,
    is_vip,
    by_approval,
    joined,
    cast(first_spend as decimal(18, 2)) as first_spend,
    cast(spend_3m as decimal(18, 2)) as spend_3m,
    cast(spend_6m as decimal(18, 2)) as spend_6m,
    cast(spend_12m as decimal(18, 2)) as spend_12m,
    cast(day_spend as decimal(18, 2)) as day_spend,
    cast(total_spend as decimal(18, 2)) as total_spend,
    cast(points as bigint) as points,
    cast(10 as decimal(18, 2)) as point_money,
    cast(price_factor as decimal(4, 2)) as price_factor,
    cast(parking_hours as bigint) as parking_hours
from tiers
order by tier_order
