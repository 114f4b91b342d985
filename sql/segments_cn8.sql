-- Grain: one row per customer. Eight segments: recency, frequency and monetary each above or below the mean.
--
-- customer_id    text
-- segment        key: key_* with monetary above, general_* with monetary below
-- segment_order  1 = best
-- recency_days, frequency, monetary  as in rfm; segments are then summed without looking up customers again
--
-- A value at the mean counts as above. A number in `bounds` replaces that mean.
--
-- Parameters: none.
with rules (recent, frequent, large, segment, segment_order) as (
    values
    (true, true, true, 'key_value', 1),
    (true, false, true, 'key_develop', 2),
    (false, true, true, 'key_keep', 3),
    (false, false, true, 'key_winback', 4),
    (true, true, false, 'general_value', 5),
    (true, false, false, 'general_develop', 6),
    (false, true, false, 'general_keep', 7),
    (false, false, false, 'general_winback', 8)
),

-- Days, orders and money: at most so many days, at least so many orders, at least so much money.
bounds (recency_days, frequency, monetary) as (
    values (cast(null as bigint), cast(null as bigint), cast(null as decimal(38, 2)))
),

population as (
    select
        count(*) as n,
        sum(recency_days) as recency_days,
        sum(frequency) as frequency,
        sum(monetary) as monetary
    from rfm
),

-- value x n against the sum, not value against a rounded mean.
judged as (
    select
        customer_id,
        recency_days,
        frequency,
        monetary,
        coalesce(
            recency_days <= (select recency_days from bounds),
            recency_days * (select n from population) <= (select recency_days from population)
        ) as recent,
        coalesce(
            frequency >= (select frequency from bounds),
            frequency * (select n from population) >= (select frequency from population)
        ) as frequent,
        coalesce(
            monetary >= (select monetary from bounds),
            monetary * (select n from population) >= (select monetary from population)
        ) as large
    from rfm
)

select
    judged.customer_id,
    rules.segment,
    rules.segment_order,
    judged.recency_days,
    judged.frequency,
    judged.monetary
from rules
inner join judged
    on rules.recent = judged.recent and rules.frequent = judged.frequent and rules.large = judged.large
order by judged.customer_id
