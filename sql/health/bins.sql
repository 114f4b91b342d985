-- Grain: one row per ten points of the score, all ten. A bin has its lower end, and the last one 100 too.
--
-- Parameters: none.
with bins as (
    select unnest(generate_series(0, 9)) as bin
),

counts as (
    select least(cast(floor(health / 10) as bigint), 9) as bin, count(*) as customers from health group by 1
)

select
    cast(bins.bin * 10 as double) as lower,
    cast(bins.bin * 10 + 10 as double) as upper,
    coalesce(counts.customers, 0) as customers
from bins
left join counts on bins.bin = counts.bin
order by bins.bin
