-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- days            $new_goods_days
-- ratio, before   share of new goods now, and at the first day that counts
-- change          the difference, in points
-- since           that first day
-- lowest, highest the least and the most of all these days
--
-- Parameters: $new_goods_days.
with told as (
    select
        count(*) as months,
        first_value(ratio order by day desc) as ratio,
        first_value(ratio order by day) as before,
        min(day) as since,
        min(ratio) as lowest,
        max(ratio) as highest
    from new_goods_ratio
    where ratio is not null
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when months = 1 then 'new_goods_ratio.answer.alone'
            when cast(ratio - before as decimal(18, 9)) >= 0.0005 then 'new_goods_ratio.answer.rose'
            when cast(ratio - before as decimal(18, 9)) <= -0.0005 then 'new_goods_ratio.answer.fell'
            else 'new_goods_ratio.answer.same'
        end as word,
        cast($new_goods_days as bigint) as days,
        ratio,
        before,
        ratio - before as change,
        since,
        lowest,
        highest
    from told
    where months > 0
    union all
    select
        'note', 2, 'new_goods_ratio.note.range',
        cast($new_goods_days as bigint), ratio, before, null, since, lowest, highest
    from told
    where months > 2 and highest > lowest
    union all
    select
        'left_out', 1, 'new_goods_ratio.short',
        cast($new_goods_days as bigint), null, null, null, null, null, null
    from told
    where months = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'new_goods_ratio' as step,
    days,
    ratio,
    before,
    change,
    since,
    lowest,
    highest
from sentences
order by position
