-- Grain: one row per customer with a predicted value: what it consists of. All money is expected over the model's
-- longest horizon and discounted to the day of the report.
--
-- customer_id     text
-- revenue         money: expected revenue, the model's value before its margin. So costs are taken off once
-- margin          double: share of revenue that the goods leave
-- margin_basis    own: known costs of the customer's own purchases; all: known costs of all customers, if this one
--                 has none; stated: $margin, if no cost is known at all
-- product_cost    money: revenue x (1 - margin)
-- service_cost    money: $service_cost_per_order for each expected order
-- marketing_cost  money: $marketing_cost_per_year for as long as the customer is expected to be one
-- referral        money from recommendations: $referral_per_order for each expected order
-- value           money: revenue - product_cost - service_cost - marketing_cost + referral
--
-- One customer's costs are few figures. So the own margin is drawn towards everybody's: as if every customer had, beside
-- the own revenue, the mean revenue of a customer at the margin of all.
--
-- The model's doubles are rounded to six decimals before they are multiplied and added. So sums do not depend on the
-- order of rows.
--
-- Parameters: $margin, $service_cost_per_order, $marketing_cost_per_year, $referral_per_order.
-- $margin must be a number above 0 to 1
-- $service_cost_per_order must be a number of 0 or more
-- $marketing_cost_per_year must be a number of 0 or more
-- $referral_per_order must be a number of 0 or more
with everybody as (
    select
        cast(sum(costed_revenue) as double) as costed_revenue,
        cast(sum(cost) as double) as cost,
        cast(sum(costed_revenue) as double) / count(costed_revenue) as usual
    from customer_summary
    where costed_revenue > 0
),

margins as (
    select
        clv.customer_id,
        clv.p_alive,
        clv.horizon_days,
        cast(clv.discounted_revenue as decimal(38, 6)) as revenue,
        -- The discounted purchases that the value was made of.
        case when clv.expected_spend > 0 then clv.discounted_revenue / clv.expected_spend else 0 end as purchases,
        case
            when everybody.costed_revenue is null then 'stated'
            when customer_summary.costed_revenue > 0 then 'own'
            else 'all'
        end as margin_basis,
        case
            when everybody.costed_revenue is null then cast($margin as double)
            when customer_summary.costed_revenue > 0
                then 1 - (cast(customer_summary.cost as double) + everybody.usual * everybody.cost / everybody.costed_revenue)
                    / (cast(customer_summary.costed_revenue as double) + everybody.usual)
            else 1 - everybody.cost / everybody.costed_revenue
        end as margin
    from clv
    inner join customer_summary on clv.customer_id = customer_summary.customer_id
    cross join everybody
    where clv.discounted_revenue is not null
),

components as (
    select
        customer_id,
        revenue,
        margin,
        margin_basis,
        cast(revenue * cast(1 - margin as decimal(18, 9)) as decimal(38, 6)) as product_cost,
        cast(purchases * cast($service_cost_per_order as double) as decimal(38, 6)) as service_cost,
        -- A rule does not know who leaves.
        cast(
            coalesce(p_alive, 1) * cast($marketing_cost_per_year as double) * horizon_days / 365
            as decimal(38, 6)
        ) as marketing_cost,
        cast(purchases * cast($referral_per_order as double) as decimal(38, 6)) as referral
    from margins
)

select
    customer_id,
    revenue,
    margin,
    margin_basis,
    product_cost,
    service_cost,
    marketing_cost,
    referral,
    revenue - product_cost - service_cost - marketing_cost + referral as value
from components
order by customer_id
