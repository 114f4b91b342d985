-- Grain: one row per rate with an answer, or with a buyer; of the last 365 days.
--
-- rate            satisfaction, loyalty, repurchase, recommend, complaint
-- position        1 = satisfaction
-- customers       of whom it is true
-- of_customers    of how many: who answered; of complaint, with an order
-- share           customers / of_customers
-- before          the same one period earlier; NULL where it is not known
-- year_ago        the same a year ago; likewise
-- benchmark       key of the rule of thumb; NULL: there is none
-- benchmark_low, benchmark_high  its ends; the same where it is one figure
-- up_is_good      false of complaint
--
-- Parameters: none.
with listed (rate, position, benchmark, benchmark_low, benchmark_high, up_is_good) as (
    values
    ('satisfaction', 1, 'satisfaction', 0.77, 0.78, true),
    ('loyalty', 2, 'loyalty', 0.50, 0.56, true),
    ('repurchase', 3, 'repurchase', 0.63, 0.63, true),
    ('recommend', 4, 'recommend', 0.75, 0.75, true),
    ('complaint', 5, null, null, null, false)
)

select
    now.rate,
    cast(listed.position as bigint) as position,
    now.customers,
    now.of_customers,
    cast(now.customers as double) / now.of_customers as share,
    cast(earlier.customers as double) / earlier.of_customers as before,
    cast(last_year.customers as double) / last_year.of_customers as year_ago,
    listed.benchmark,
    cast(listed.benchmark_low as double) as benchmark_low,
    cast(listed.benchmark_high as double) as benchmark_high,
    listed.up_is_good
from satisfaction_rates_measured as now
inner join listed on now.rate = listed.rate
left join previous.satisfaction_rates_measured as earlier on now.rate = earlier.rate
left join year_ago.satisfaction_rates_measured as last_year on now.rate = last_year.rate
order by position
