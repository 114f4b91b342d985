-- Grain: one row per cohort and age from 1 on, as in cohorts. In the month of their first order all customers of a cohort
-- order: that month says nothing, and would be the darkest of the picture.
--
-- cohort     month of the first order
-- age        calendar months since then, 1 or more
-- size       customers of the cohort
-- active     of these: with an order in that month
-- retention  active / size
-- complete   that month is over
--
-- Parameters: none.
select cohort, age, size, active, retention, complete
from cohorts
where age > 0
order by cohort, age
