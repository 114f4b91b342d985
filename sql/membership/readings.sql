-- Grain: one row per card that the rules ever gave, and card that they would have given with their conditions joined the other way
-- (all for any, or any for all); only where these differ.
--
-- tier, tier_order              the highest card as $match reads the rules; none (0): no card
-- other_tier, other_tier_order  the same as it does not read them
-- customers                     how many
-- revenue                       money of their last 12 months
--
-- Parameters: none.
with moved as (
    select
        earned_order as tier_order,
        other_order as other_tier_order,
        count(*) as customers,
        sum(spend_12m) as revenue
    from membership
    where earned_order <> other_order
    group by earned_order, other_order
)

select
    coalesce(tiers.tier, 'none') as tier,
    moved.tier_order,
    coalesce(others.tier, 'none') as other_tier,
    moved.other_tier_order,
    moved.customers,
    moved.revenue
from moved
left join membership_tiers as tiers on moved.tier_order = tiers.tier_order
left join membership_tiers as others on moved.other_tier_order = others.tier_order
order by moved.tier_order, moved.other_tier_order
