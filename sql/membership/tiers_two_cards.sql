-- Grain: one row per card of the scheme of two cards, the lowest first. Columns as in tiers_five_cards.sql.
--
-- To change the scheme, copy this file into the project (`regulars eject sql/membership/tiers_two_cards.sql`) and edit the rows.
--
-- Parameters: $diamond_spend: one_day or in_all.
with tiers (
    tier, tier_order, is_vip, by_approval, joined,
    first_spend, spend_3m, spend_6m, spend_12m, day_spend, total_spend, points,
    price_factor, parking_hours
) as (
    values
    ('gold', 3, false, false, 'any', null, null, null, null, 300, null, null, 0.88, null),
    ('diamond', 4, true, false, 'any', null, null, null, null, 3000, 3000, 8000, 0.80, null)
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
    -- The diamond card's money is of one day or of all days, not both.
    case when tier = 'gold' or $diamond_spend = 'one_day' then cast(day_spend as decimal(18, 2)) end as day_spend,
    case when $diamond_spend = 'in_all' then cast(total_spend as decimal(18, 2)) end as total_spend,
    cast(points as bigint) as points,
    cast(10 as decimal(18, 2)) as point_money,
    cast(price_factor as decimal(4, 2)) as price_factor,
    cast(parking_hours as bigint) as parking_hours
from tiers
order by tier_order
