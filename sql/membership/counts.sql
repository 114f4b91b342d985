-- Grain: one row per card of the scheme, and one for no card (order 0).
--
-- tier, tier_order  the card; none: no card
-- is_vip            whether its holders are VIPs
-- customers         its holders; for no card: customers with a transaction
-- no_purchase       of these: those without any transaction, who are in the register alone
-- revenue           money of their last 12 months, as the rules count them
-- dormant           of these customers: those with a dormant card
-- lapsed            of these customers: those who earned the card and would no longer qualify
-- unexplained       of these customers: those with a card that no purchase explains
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
        count(*) filter (where best_day is null) as no_purchase,
        sum(spend_12m) as revenue,
        count(*) filter (where dormant) as dormant,
        count(*) filter (where lapsed) as lapsed,
        count(*) filter (where unexplained) as unexplained
    from membership
    where tier_order > 0 or best_day is not null
    group by tier_order
)

select
    cards.tier,
    cards.tier_order,
    cards.is_vip,
    coalesce(held.customers, 0) as customers,
    coalesce(held.no_purchase, 0) as no_purchase,
    coalesce(held.revenue, 0) as revenue,
    coalesce(held.dormant, 0) as dormant,
    coalesce(held.lapsed, 0) as lapsed,
    coalesce(held.unexplained, 0) as unexplained
from cards
left join held on cards.tier_order = held.tier_order
order by cards.tier_order
