-- Grain: one row per customer. Segments by recency and the mean of frequency and monetary score.
--
-- customer_id    text
-- segment        key
-- segment_order  1 = best
-- recency_days, frequency, monetary  as in rfm, so that segments are summed without looking customers up again
--
-- Every pair of scores has a segment, so nobody is left over. Scores of any number of bins are first brought
-- to five: 1 + round((score - 1) x 4 / ($bins - 1)), half up.
--
-- Parameters: $bins, 2 or more, as in rfm.
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
),

named as (
    select
        scaled.customer_id,
        scaled.recency_days,
        scaled.frequency,
        scaled.monetary,
        case (scaled.f + scaled.m + 1) / 2
            when 1 then rules.fm1
            when 2 then rules.fm2
            when 3 then rules.fm3
            when 4 then rules.fm4
            when 5 then rules.fm5
        end as segment
    from scaled
    inner join rules on scaled.r = rules.r
)

select
    named.customer_id,
    named.segment,
    segment_names.segment_order,
    named.recency_days,
    named.frequency,
    named.monetary
from named
left join segment_names on named.segment = segment_names.segment
order by named.customer_id
