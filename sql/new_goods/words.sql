-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- goods, goods_sold, revenue, share, days  as in new_goods_windows, of the year
-- half_goods, half_share, half_days  of the half year
-- list_days  the setting $new_goods_days, of the list and the picture
--
-- Parameters: $new_goods_days.
with year as (
    select goods, goods_sold, revenue, revenue_share, days from new_goods_windows where span = 'year'
),

half as (
    select goods, revenue_share, days from new_goods_windows where span = 'half_year'
),

sentences as (
    select
        case when year.goods = 0 then 'left_out' else 'answer' end as place,
        1 as position,
        case
            when year.goods = 0 then 'new_goods.none'
            when year.goods_sold = 0 then 'new_goods.answer.unsold'
            when year.revenue_share is null then 'new_goods.answer.no_revenue'
            when half.goods = 0 then 'new_goods.answer.share_older'
            else 'new_goods.answer.share'
        end as word,
        year.goods,
        year.goods_sold,
        year.revenue,
        year.revenue_share as share,
        year.days,
        half.goods as half_goods,
        half.revenue_share as half_share,
        half.days as half_days,
        cast(null as bigint) as list_days
    from year
    cross join half
    union all
    select
        'note' as place,
        2 as position,
        'new_goods.note.listed' as word,
        null, null, null, null, null, null, null, null, cast($new_goods_days as bigint)
    from year
    where year.goods > 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    'new_goods_windows' as step,
    goods,
    goods_sold,
    revenue,
    share,
    days,
    half_goods,
    half_share,
    half_days,
    list_days
from sentences
order by position
