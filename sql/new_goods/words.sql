-- Grain: one row per sentence of the section.
--
-- place, word, step  where it stands, its key, the table that its figures come from
-- goods, goods_sold, revenue, share  as in new_goods_windows, of the year
-- half_goods, half_share  of the half year
--
-- Parameters: none.
with year as (
    select goods, goods_sold, revenue, revenue_share from new_goods_windows where span = 'year'
),

half as (
    select goods, revenue_share from new_goods_windows where span = 'half_year'
)

select
    case when year.goods = 0 then 'left_out' else 'answer' end as place,
    case
        when year.goods = 0 then 'new_goods.none'
        when year.revenue_share is null then 'new_goods.answer.no_revenue'
        else 'new_goods.answer.share'
    end as word,
    'new_goods_windows' as step,
    year.goods,
    year.goods_sold,
    year.revenue,
    year.revenue_share as share,
    half.goods as half_goods,
    half.revenue_share as half_share
from year
cross join half
