-- Grain: one row if satisfaction changed within a year by more than chance explains, with $least_customers or more at
-- either time; else none.
--
-- value, before  satisfaction now and a year earlier. No money can be named
--
-- Parameters: $least_customers.
-- $least_customers must be a whole number of 1 or more
select
    case when change < 0 then 'satisfaction_fell' else 'satisfaction_rose' end as rule,
    cast(null as decimal(38, 6)) as money,
    cast(satisfaction as decimal(38, 6)) as value,
    cast(before as decimal(38, 6)) as before,
    cast(change as decimal(38, 6)) as change,
    customers,
    cast(null as bigint) as of_customers,
    cast(null as varchar) as name,
    'satisfaction' as step,
    false as of_data
from satisfaction
where
    customers >= $least_customers
    and customers_before >= $least_customers
    and (change_low > 0 or change_high < 0)
