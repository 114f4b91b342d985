-- Grain: one row per account manager with a customer; the most revenue at risk first, customers without a manager last.
--
-- account_manager  text: who is in charge (in_charge); `-`: nobody
-- customers        all, with an order lately or not
-- new, lost, at_risk  customers of account_managers_watched
-- revenue          money of the last full period
-- revenue_before   of the period before; NULL where history does not cover it
-- growth           the change; NULL likewise, or where there was no revenue before
-- at_risk_revenue  money of the last 12 months of those counted in at_risk
--
-- Parameters: none.
with customers_of as (
    select
        coalesce(in_charge.account_manager, '-') as account_manager,
        count(*) as customers,
        coalesce(sum(customer_period.revenue), 0) as revenue,
        coalesce(sum(customer_period.revenue_before), 0) as revenue_before
    from customer_summary
    left join in_charge on customer_summary.customer_id = in_charge.customer_id
    left join customer_period on customer_summary.customer_id = customer_period.customer_id
    group by coalesce(in_charge.account_manager, '-')
),

watched as (
    select
        account_manager,
        count(*) filter (where event = 'new') as new,
        count(*) filter (where event = 'lost') as lost,
        count(*) filter (where event = 'at_risk') as at_risk,
        sum(revenue_12m) filter (where event = 'at_risk') as at_risk_revenue
    from account_managers_watched
    group by account_manager
)

select
    customers_of.account_manager,
    customers_of.customers,
    coalesce(watched.new, 0) as new,
    coalesce(watched.lost, 0) as lost,
    coalesce(watched.at_risk, 0) as at_risk,
    customers_of.revenue,
    case when periods.before_reached then customers_of.revenue_before end as revenue_before,
    case
        when periods.before_reached and customers_of.revenue_before > 0
            then cast(customers_of.revenue as double) / cast(customers_of.revenue_before as double) - 1
    end as growth,
    coalesce(watched.at_risk_revenue, 0) as at_risk_revenue
from customers_of
cross join periods
left join watched on customers_of.account_manager = watched.account_manager
order by case when customers_of.account_manager = '-' then 1 else 0 end, at_risk_revenue desc, customers_of.account_manager
