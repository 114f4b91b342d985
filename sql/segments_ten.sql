-- Grain: one row per customer. Ten segments by intervals of the three scores, and `others`.
--
-- customer_id    text
-- segment        key
-- segment_order  1 = best
-- recency_days, frequency, monetary  as in rfm; segments are then summed without looking up customers again
--
-- The intervals are those that R's package rfm documents; the first rule that matches wins. They leave holes:
-- customers in no interval are in `others`. Scores of any number of bins are first brought to five:
-- 1 + round((score - 1) x 4 / ($bins - 1)), half up.
--
-- Parameters: $bins, 2 or more, as in rfm.
-- $bins must be a whole number from 2 to 10
with rules (rule, segment, r_low, r_high, f_low, f_high, m_low, m_high) as (
    values
    (1, 'champions', 5, 5, 5, 5, 5, 5),
    (2, 'potential_loyalist', 3, 5, 3, 5, 2, 5),
    (3, 'loyal', 2, 4, 2, 4, 2, 4),
    (4, 'promising', 3, 4, 1, 3, 3, 5),
    (5, 'new', 4, 5, 1, 3, 1, 5),
    (6, 'cant_lose', 1, 2, 3, 4, 4, 5),
    (7, 'at_risk', 1, 2, 2, 5, 4, 5),
    (8, 'needs_attention', 1, 3, 3, 5, 3, 5),
    (9, 'about_to_sleep', 2, 3, 1, 3, 1, 4),
    (10, 'lost', 1, 1, 1, 5, 1, 5)
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
    ('lost', 10),
    ('others', 11)
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

-- At most 125 triples of scores: the rules are tried on these, not on every customer.
triples as (
    select r, f, m from scaled group by r, f, m
),

first_rules as (
    select triples.r, triples.f, triples.m, min(rules.rule) as rule
    from triples
    left join rules
        on triples.r between rules.r_low and rules.r_high
        and triples.f between rules.f_low and rules.f_high
        and triples.m between rules.m_low and rules.m_high
    group by triples.r, triples.f, triples.m
),

named as (
    select first_rules.r, first_rules.f, first_rules.m, segment_names.segment, segment_names.segment_order
    from first_rules
    left join rules on first_rules.rule = rules.rule
    inner join segment_names on segment_names.segment = coalesce(rules.segment, 'others')
)

select
    scaled.customer_id,
    named.segment,
    named.segment_order,
    scaled.recency_days,
    scaled.frequency,
    scaled.monetary
from named
inner join scaled on named.r = scaled.r and named.f = scaled.f and named.m = scaled.m
order by scaled.customer_id
