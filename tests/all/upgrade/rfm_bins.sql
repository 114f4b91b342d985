-- Grain: one row per measure and score, from 1 to $bins.
--
-- measure    r (days since the last order), f (orders), m (money)
-- score      1 to $bins
-- customers  with that score; 0 where nobody has it
-- lowest, highest  smallest and largest value of the measure in the bin, days, orders or money to six decimals; NULL
--                  where it is empty
--
-- Parameters: $bins.
-- $bins must be a whole number from 2 to 10
with measures (measure, measure_order) as (
    values ('r', 1), ('f', 2), ('m', 3)
),

scores as (
    select unnest(range(1, cast($bins as bigint) + 1)) as score
),

-- Counted score by score first: three small groupings instead of one over three times the customers.
counted as (
    select
        'r' as measure,
        r as score,
        count(*) as customers,
        cast(min(recency_days) as decimal(38, 6)) as lowest,
        cast(max(recency_days) as decimal(38, 6)) as highest
    from rfm
    group by r
    union all
    select
        'f' as measure,
        f as score,
        count(*) as customers,
        cast(min(frequency) as decimal(38, 6)) as lowest,
        cast(max(frequency) as decimal(38, 6)) as highest
    from rfm
    group by f
    union all
    select
        'm' as measure,
        m as score,
        count(*) as customers,
        cast(min(monetary) as decimal(38, 6)) as lowest,
        cast(max(monetary) as decimal(38, 6)) as highest
    from rfm
    group by m
)

select
    measures.measure,
    scores.score,
    coalesce(counted.customers, 0) as customers,
    counted.lowest,
    counted.highest
from measures
cross join scores
left join counted on measures.measure = counted.measure and scores.score = counted.score
order by measures.measure_order, scores.score
