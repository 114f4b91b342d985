-- Grain: one row per card of the scheme, and one for no card (order 0).
--
-- tier, tier_order  the card; none: no card
-- is_vip            whether its holders are VIPs
-- customers         its holders
-- revenue           money of their last 12 months, as the rules count them
-- dormant           of these customers: those with a dormant card
-- lapsed            of these customers: those who would no longer qualify
--
-- Parameters: none.
with cards as (
    select tier, tier_order, is_vip from membership_tiers
    union all
    select 'none' as tier, cast(0 as bigint) as tier_order, false as is_vip
),

held as (
    select
        tier_order,
        count(*) as customers,
        sum(spend_12m) as revenue,
        count(*) filter (where dormant) as dormant,
        count(*) filter (where lapsed) as lapsed
    from membership
    group by tier_order
)

select
    cards.tier,
    cards.tier_order,
    cards.is_vip,
    coalesce(held.customers, 0) as customers,
    coalesce(held.revenue, 0) as revenue,
    coalesce(held.dormant, 0) as dormant,
    coalesce(held.lapsed, 0) as lapsed
from cards
left join held on cards.tier_order = held.tier_order
order by cards.tier_order
