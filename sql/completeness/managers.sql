-- Grain: one row per account manager with a customer; the emptiest profiles first, customers without a manager last.
--
-- account_manager  text; `-` where the source names none
-- customers        all, as in account_managers
-- complete         of these, with all fields
-- values_asked     customers x fields
-- values_stated    of these, with a value
-- filled           values_stated / values_asked; NULL where no field is kept
-- valuable         customers of class A
-- valuable_incomplete  of these, with a field missing
-- revenue_12m      money of the last 365 days of the customers in valuable_incomplete
--
-- Parameters: none.
select
    account_manager,
    count(*) as customers,
    count(*) filter (where stated = fields) as complete,
    cast(sum(fields) as bigint) as values_asked,
    cast(sum(stated) as bigint) as values_stated,
    case when sum(fields) > 0 then cast(sum(stated) as double) / cast(sum(fields) as double) end as filled,
    count(*) filter (where class = 'A') as valuable,
    count(*) filter (where class = 'A' and stated < fields) as valuable_incomplete,
    coalesce(sum(revenue_12m) filter (where class = 'A' and stated < fields), 0) as revenue_12m
from completeness_customers
group by account_manager
order by case when account_manager = '-' then 1 else 0 end, filled, customers desc, account_manager
