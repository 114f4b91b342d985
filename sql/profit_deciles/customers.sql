-- Grain: one row per customer of customer_rank. All money is of the last 365 days.
--
-- customer_id    text
-- decile         1 = the best tenth by revenue
-- size           large: tenths before $profit_deciles_middle; middle; small: those after it
-- orders         count
-- revenue        money
-- costed_revenue, known_cost  of the rows with a known cost; 0 without such a row
-- assumed_cost   of the other revenue: at the margin of all that has a known cost, or at $margin if nothing has
-- service_cost   $service_cost_per_order x orders
-- marketing_cost $marketing_cost_per_year
-- profit         revenue - known_cost - assumed_cost - service_cost - marketing_cost
--
-- Parameters: $as_of, $margin, $service_cost_per_order, $marketing_cost_per_year, $profit_deciles_middle.
-- $margin must be a number above 0 to 1
with costs as (
    select customer_id, sum(costed_revenue) as costed_revenue, sum(cost) as cost
    from customer_day
    where day > cast($as_of as date) - interval '365 days'
    group by customer_id
),

everybody as (
    select
        case
            when sum(costed_revenue) > 0 then cast(sum(cost) as double) / cast(sum(costed_revenue) as double)
            else 1 - cast($margin as double)
        end as cost_share
    from costs
),

parts as (
    select
        customer_rank.customer_id,
        customer_rank.decile,
        customer_summary.orders_12m as orders,
        cast(customer_rank.revenue_12m as decimal(38, 6)) as revenue,
        cast(coalesce(costs.costed_revenue, 0) as decimal(38, 6)) as costed_revenue,
        cast(coalesce(costs.cost, 0) as decimal(38, 6)) as known_cost,
        cast(
            cast(customer_rank.revenue_12m - coalesce(costs.costed_revenue, 0) as decimal(28, 6))
            * cast(everybody.cost_share as decimal(18, 9)) as decimal(38, 6)
        ) as assumed_cost,
        cast(cast($service_cost_per_order as double) * customer_summary.orders_12m as decimal(38, 6)) as service_cost,
        cast(cast($marketing_cost_per_year as double) as decimal(38, 6)) as marketing_cost
    from customer_rank
    inner join customer_summary on customer_rank.customer_id = customer_summary.customer_id
    left join costs on customer_rank.customer_id = costs.customer_id
    cross join everybody
)

select
    customer_id,
    cast(decile as bigint) as decile,
    case
        when decile < $profit_deciles_middle[1] then 'large'
        when decile > $profit_deciles_middle[2] then 'small'
        else 'middle'
    end as size,
    orders,
    revenue,
    costed_revenue,
    known_cost,
    assumed_cost,
    service_cost,
    marketing_cost,
    revenue - known_cost - assumed_cost - service_cost - marketing_cost as profit
from parts
