-- Grain: one row; none where there is no customer.
--
-- customers           with a prediction
-- equity              money: sum of predicted values
-- mean_clv            money: equity / customers
-- expected_active     double: sum of the chances of being alive
-- expected_purchases  double: purchase days over the next 365 days
-- expected_revenue    money of these
-- revenue_12m         money of the last 365 days, of all customers
--
-- The model's doubles are rounded to six decimals before they are added, so that the sum does not depend on
-- the order of rows. All of the model's figures are NULL where its fit failed.
--
-- Parameters: none.
with predicted as (
    select
        customer_summary.revenue_12m,
        cast(clv.clv as decimal(38, 6)) as clv,
        cast(clv.p_alive as decimal(38, 6)) as p_alive,
        cast(clv.expected_purchases_365 as decimal(38, 6)) as expected_purchases,
        cast(
            clv.expected_purchases_365 * cast(clv.expected_spend as double) as decimal(38, 6)
        ) as expected_revenue
    from customer_summary
    left join clv on customer_summary.customer_id = clv.customer_id
)

select
    count(clv) as customers,
    sum(clv) as equity,
    sum(clv) / nullif(count(clv), 0) as mean_clv,
    cast(sum(p_alive) as double) as expected_active,
    cast(sum(expected_purchases) as double) as expected_purchases,
    sum(expected_revenue) as expected_revenue,
    sum(revenue_12m) as revenue_12m
from predicted
having count(*) > 0
