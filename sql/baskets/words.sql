-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- pairs, together      pairs of categories looked at; of these, beyond chance together
-- item, other          the pair that the sentence is about
-- lift, low, high      its lift, and between which ends that lies
-- confidence           share of baskets with the first that also have the other
-- baskets              baskets that were looked at
-- share                share of customers drawn
-- days                 $baskets_days
--
-- Parameters: $baskets_days.
with counts as (
    select
        count(*) as pairs,
        count(*) filter (where verdict = 'together') as together,
        max(baskets) as baskets
    from baskets_categories
),

best as (
    select item, other, lift, lift_low, lift_high, confidence
    from baskets_categories
    where verdict = 'together'
    order by lift_low desc, item, other
    limit 1
),

best_product as (
    select item, other, lift, lift_low, lift_high, confidence
    from baskets_products
    order by lift_low desc, item_id, other_id
    limit 1
),

products as (
    select count(*) as pairs
    from baskets_pairs
    where level = 'product' and kind = 'all'
),

sentences as (
    select
        case when counts.pairs + products.pairs = 0 then 'left_out' else 'answer' end as place,
        1 as position,
        case
            when counts.pairs + products.pairs = 0 then 'baskets.none'
            when counts.pairs = 0 then 'baskets.answer.no_categories'
            when counts.together = 0 then 'baskets.answer.chance'
            else 'baskets.answer.together'
        end as word,
        counts.pairs,
        counts.together,
        best.item,
        best.other,
        best.lift,
        best.lift_low as low,
        best.lift_high as high,
        best.confidence,
        coalesce(counts.baskets, 0) as baskets,
        cast(null as double) as share,
        cast(null as varchar) as product,
        cast(null as varchar) as other_product
    from counts
    cross join products
    left join best on true
    union all
    select
        'note', 2, 'baskets.note.product', null, null, null, null, lift, lift_low, lift_high, confidence, null, null,
        item as product, other as other_product
    from best_product
    union all
    select 'note', 3, 'baskets.note.drawn', null, null, null, null, null, null, null, null, baskets, share, null, null
    from baskets_drawn
    where share < 1
)

select
    place,
    cast(position as bigint) as position,
    word,
    'baskets_categories' as step,
    pairs,
    together,
    item,
    other,
    lift,
    low,
    high,
    confidence,
    baskets,
    share,
    product,
    other_product,
    cast($baskets_days as bigint) as days
from sentences
order by position
