-- Grain: one row per card held one period earlier and card held now; of customers who held one then or hold one now.
--
-- from_tier, from_order  the card then; none (0): no card, or not a customer then
-- to_tier, to_order      the card now; none (0): no card
-- customers              how many
-- revenue                money of their last 12 months
--
-- Parameters: none.
with moved as (
    select
        coalesce(earlier.tier, 'none') as from_tier,
        coalesce(earlier.tier_order, 0) as from_order,
        today.tier as to_tier,
        today.tier_order as to_order,
        today.spend_12m
    from membership as today
    left join previous.membership as earlier on today.customer_id = earlier.customer_id
)

select
    from_tier,
    from_order,
    to_tier,
    to_order,
    count(*) as customers,
    sum(spend_12m) as revenue
from moved
where from_order > 0 or to_order > 0
group by from_tier, from_order, to_tier, to_order
order by from_order, to_order
