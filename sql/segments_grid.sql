-- Grain: one row per customer. Segments by recency and the mean of frequency and monetary score.
--
-- customer_id    text
-- segment        key
-- segment_order  1 = best
-- recency_days, frequency, monetary  as in rfm; segments are then summed without looking up customers again
--
-- Every pair of scores has a segment, so nobody is left over. Scores of any number of bins are first brought
-- to five: 1 + round((score - 1) x 4 / ($bins - 1)), half up.
--
-- Parameters: $bins, 2 or more, as in rfm.
-- $bins must be a whole number from 2 to 10
with rules (r, fm1, fm2, fm3, fm4, fm5) as (
    values
    (5, 'new', 'potential_loyalist', 'potential_loyalist', 'champions', 'champions'),
    (4, 'promising', 'potential_loyalist', 'loyal', 'loyal', 'champions'),
    (3, 'about_to_sleep', 'needs_attention', 'needs_attention', 'loyal', 'loyal'),
    (2, 'hibernating', 'hibernating', 'at_risk', 'at_risk', 'at_risk'),
    (1, 'lost', 'lost', 'at_risk', 'cant_lose', 'cant_lose')
),

segment_names (segment, segment_order) as (
    values
    ('champions', 1),
    ('loyal', 2),
    ('potential_loyalist', 3),
    ('new', 4),
    ('promising', 5),
    ('needs_attention', 6),
    ('about_to_sleep', 7),
    ('at_risk', 8),
    ('cant_lose', 9),
    ('hibernating', 10),
    ('lost', 11)
),

-- The same, one row per cell: customers are then looked up once, in 25 rows.
cells as (
    select r, 1 as fm, fm1 as segment from rules
    union all
    select r, 2 as fm, fm2 as segment from rules
    union all
    select r, 3 as fm, fm3 as segment from rules
    union all
    select r, 4 as fm, fm4 as segment from rules
    union all
    select r, 5 as fm, fm5 as segment from rules
),

named as (
    select cells.r, cells.fm, cells.segment, segment_names.segment_order
    from cells
    inner join segment_names on cells.segment = segment_names.segment
),

-- The largest whole number of (score - 1) x 4 / ($bins - 1) + 1/2.
scaled as (
    select
        customer_id,
        recency_days,
        frequency,
        monetary,
        1 + ((r - 1) * 8 + cast($bins as bigint) - 1) / (2 * (cast($bins as bigint) - 1)) as r,
        1 + ((f - 1) * 8 + cast($bins as bigint) - 1) / (2 * (cast($bins as bigint) - 1)) as f,
        1 + ((m - 1) * 8 + cast($bins as bigint) - 1) / (2 * (cast($bins as bigint) - 1)) as m
    from rfm
)

select
    scaled.customer_id,
    named.segment,
    named.segment_order,
    scaled.recency_days,
    scaled.frequency,
    scaled.monetary
from named
inner join scaled on named.r = scaled.r and named.fm = (scaled.f + scaled.m + 1) / 2
order by scaled.customer_id
