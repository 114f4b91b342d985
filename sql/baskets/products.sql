-- Grain: one row per pair of products that go together beyond chance, on all days; the surest first.
--
-- item, other  the names; the ids where there are none
-- item_id, other_id  the ids
-- Other columns: those of `baskets_pairs`.
--
-- Parameters: none.
with names as (
    select product_id, min(name) as name
    from goods_names
    group by product_id
)

select
    coalesce(one.name, pairs.item) as item,
    coalesce(next.name, pairs.other) as other,
    pairs.item as item_id,
    pairs.other as other_id,
    pairs.baskets,
    pairs.item_baskets,
    pairs.other_baskets,
    pairs.with_both,
    pairs.customers,
    pairs.support,
    pairs.confidence,
    pairs.confidence_back,
    pairs.lift,
    pairs.lift_low,
    pairs.lift_high
from baskets_pairs as pairs
left join names as one on pairs.item = one.product_id
left join names as next on pairs.other = next.product_id
where pairs.level = 'product' and pairs.kind = 'all' and pairs.verdict = 'together'
order by pairs.lift_low desc, pairs.item, pairs.other
