-- Grain: one row per manager of departures_customers, the latest to leave first.
--
-- account_manager, name, left_on
-- customers     when the manager left: handed_over + open
-- spent         their money of the 365 days up to left_on
-- open_revenue  money of the last 365 days of those not handed over
--
-- Parameters: none.
with people as (
    select cast(account_manager as varchar) as account_manager, max(cast(name as varchar)) as name
    from managers
    group by cast(account_manager as varchar)
),

sums as (
    select
        account_manager,
        left_on,
        count(*) as customers,
        sum(spent) as spent,
        count(*) filter (where state = 'handed_over') as handed_over,
        count(*) filter (where state = 'open') as open,
        coalesce(sum(revenue_12m) filter (where state = 'open'), 0) as open_revenue
    from departures_customers
    group by account_manager, left_on
)

select
    sums.account_manager,
    people.name,
    sums.left_on,
    sums.customers,
    sums.spent,
    sums.handed_over,
    sums.open,
    sums.open_revenue
from sums
left join people on sums.account_manager = people.account_manager
order by sums.left_on desc, sums.account_manager
