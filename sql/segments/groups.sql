-- Grain: one row per segment that somebody is in, now or one period earlier.
--
-- segment, segment_order            as in segment_summary
-- segment_group, group_order        the group of segments that it belongs to, from 1 = best; a segment of one's own is
--                                   among the others
-- customers, customers_before       count; before: NULL where history does not reach
--
-- Eleven segments are too many for a picture of who went where. Groups go by what is to be done: keep the best, help those
-- who come up, hold those who fade, spend little on those gone quiet.
--
-- Parameters: none.
with groups (segment, segment_group, group_order) as (
    values
    ('champions', 'best', 1),
    ('loyal', 'best', 1),
    ('key_value', 'best', 1),
    ('potential_loyalist', 'coming', 2),
    ('new', 'coming', 2),
    ('promising', 'coming', 2),
    ('key_develop', 'coming', 2),
    ('general_value', 'coming', 2),
    ('general_develop', 'coming', 2),
    ('needs_attention', 'fading', 4),
    ('about_to_sleep', 'fading', 4),
    ('at_risk', 'fading', 4),
    ('cant_lose', 'fading', 4),
    ('key_keep', 'fading', 4),
    ('general_keep', 'fading', 4),
    ('hibernating', 'gone', 5),
    ('lost', 'gone', 5),
    ('key_winback', 'gone', 5),
    ('general_winback', 'gone', 5)
)

select
    segment_summary.segment,
    segment_summary.segment_order,
    coalesce(groups.segment_group, 'others') as segment_group,
    cast(coalesce(groups.group_order, 3) as bigint) as group_order,
    segment_summary.customers,
    segment_summary.customers_before
from segment_summary
left join groups on segment_summary.segment = groups.segment
order by group_order, segment_summary.segment_order, segment_summary.segment
