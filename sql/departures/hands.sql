-- Grain: one row per account manager with a customer who has a transaction; the most revenue first, customers of nobody last (`-`).
--
-- account_manager, name, team  as in the sources
-- left_on       the manager's last day, if that is not after $as_of; else NULL
-- customers     assigned on $as_of; a customer of two managers counts at both
-- revenue_12m   money of the last 365 days, by the shares of the credit. All rows together have that of customer_summary
-- hands_share   of all; NULL where that is not above zero
-- at_risk       customers with that status
--
-- Parameters: $as_of.
with people as (
    select
        cast(account_manager as varchar) as account_manager,
        max(cast(name as varchar)) as name,
        max(cast(team as varchar)) as team,
        max(coalesce(cast(active_to as date), date '9999-12-31')) as left_on
    from managers
    group by cast(account_manager as varchar)
),

held as (
    select
        coalesce(departures_assigned.account_manager, '-') as account_manager,
        customer_summary.customer_id,
        cast(customer_summary.revenue_12m as decimal(24, 6))
        * cast(coalesce(departures_assigned.credit, 1) as decimal(13, 8)) as credited,
        churn.status = 'at_risk' as late
    from customer_summary
    inner join churn on customer_summary.customer_id = churn.customer_id
    left join departures_assigned on customer_summary.customer_id = departures_assigned.customer_id
),

sums as (
    select
        account_manager,
        count(*) as customers,
        cast(round(sum(credited), 6) as decimal(38, 6)) as revenue_12m,
        count(*) filter (where late) as at_risk,
        account_manager = '-' as of_nobody
    from held
    group by account_manager
),

total as (
    select sum(revenue_12m) as revenue_12m from customer_summary
)

select
    sums.account_manager,
    people.name,
    people.team,
    case when people.left_on <= cast($as_of as date) then people.left_on end as left_on,
    sums.customers,
    sums.revenue_12m,
    case
        when total.revenue_12m > 0 then cast(sums.revenue_12m as double) / cast(total.revenue_12m as double)
    end as hands_share,
    sums.at_risk
from sums
cross join total
left join people on sums.account_manager = people.account_manager
order by sums.of_nobody, sums.revenue_12m desc, sums.account_manager
