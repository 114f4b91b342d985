-- Grain: one row per rate with a rule of thumb, for a picture.
--
-- rate           key
-- share          measured
-- rule_of_thumb  share: the rule of thumb; of two figures the higher one
--
-- Parameters: none.
select rate, share, benchmark_high as rule_of_thumb
from satisfaction_rates
where benchmark is not null
order by position
