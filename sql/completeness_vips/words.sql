-- Grain: one row per sentence of the section completeness: a note on VIPs; none without a VIP.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- vips, without, revenue       as in completeness_vips
--
-- Parameters: none.
select
    'note' as place,
    cast(9 as bigint) as position,
    case when without = 0 then 'completeness_vips.none' else 'completeness_vips.without' end as word,
    'completeness_vips' as step,
    vips,
    without,
    revenue_12m as revenue
from completeness_vips
where vips > 0
