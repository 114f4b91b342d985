-- Grain: one row per account manager and measure; columns as in scorecard_measures, the subject is the account manager.
--
-- Parameters: none.
select 'revenue' as measure, account_manager as subject, cast(revenue as decimal(38, 6)) as value,
    cast(revenue_before as decimal(38, 6)) as before, 'money' as unit, 'account_managers' as step
from account_managers
where account_manager <> '-'
union all
select 'customers', account_manager, cast(customers as decimal(38, 6)), cast(null as decimal(38, 6)), 'count', 'account_managers'
from account_managers
where account_manager <> '-'
union all
select 'new_customers', account_manager, cast(new as decimal(38, 6)), cast(null as decimal(38, 6)), 'count', 'account_managers'
from account_managers
where account_manager <> '-'
union all
select 'lost_customers', account_manager, cast(lost as decimal(38, 6)), cast(null as decimal(38, 6)), 'count', 'account_managers'
from account_managers
where account_manager <> '-'
