-- Grain: one row per cohort and age, of the eight newest cohorts with two months that are over; months that are not over would
-- bend a line down.
--
-- cohort              month of the first order
-- age                 months since then
-- cumulative_revenue  money per customer so far
--
-- Parameters: none.
with complete as (
    select cohort, age, cumulative_revenue from cohorts where complete
),

long as (
    select cohort from complete group by cohort having count(*) > 1 order by cohort desc limit 8
)

select complete.cohort, complete.age, complete.cumulative_revenue
from complete
inner join long on complete.cohort = long.cohort
order by complete.cohort, complete.age
