-- Grain: one row; none where there is no customer.
--
-- customers           with a prediction
-- equity              money: sum of predicted values
-- mean_clv            money: equity / customers, to six decimals
-- horizon_days        the model's longest horizon
-- residual            money expected after the horizon, for ever; NULL where the discount is under 1 % a year
-- expected_active     double: sum of the chances of being alive
-- repeat_customers    of customers: those with a repeat order
-- repeat_active       double: sum of their chances of being alive
-- single_customers    of customers: those with an order on one day only
-- single_active       double: sum of their chances of being alive; NULL where the model cannot tell: if it lets
--                     customers leave only after a repeat order, the chance of each of these is 1
-- expected_purchases  double: purchase days over that horizon
-- expected_revenue    money of these
-- revenue_12m         money of the last 365 days, of all customers
--
-- The model's doubles are rounded to six decimals before they are added. So the sum does not depend on
-- the order of rows. All figures of the model are NULL if its fit failed.
--
-- Parameters: none.
with predicted as (
    select
        clv.clv,
        clv.horizon_days,
        clv.residual,
        clv.p_alive,
        clv.expected_purchases,
        clv.expected_spend,
        customer_summary.repeat_days > 0 as is_repeat
    from clv
    inner join customer_summary on clv.customer_id = customer_summary.customer_id
),

equity as (
    select
        count(clv) as customers,
        max(horizon_days) as horizon_days,
        sum(cast(clv as decimal(38, 6))) as equity,
        sum(cast(residual as decimal(38, 6))) as residual,
        sum(cast(p_alive as decimal(38, 6))) as p_alive,
        count(clv) filter (where is_repeat) as repeat_customers,
        sum(cast(p_alive as decimal(38, 6))) filter (where is_repeat and clv is not null) as repeat_alive,
        count(clv) filter (where not is_repeat) as single_customers,
        sum(cast(p_alive as decimal(38, 6))) filter (where not is_repeat and clv is not null) as single_alive,
        min(p_alive) filter (where not is_repeat and clv is not null) as least_single,
        sum(cast(expected_purchases as decimal(38, 6))) as expected_purchases,
        sum(cast(expected_purchases * expected_spend as decimal(38, 6))) as expected_revenue
    from predicted
),

history as (
    select sum(revenue_12m) as revenue_12m from customer_summary having count(*) > 0
)

select
    equity.customers,
    equity.equity,
    cast(equity.equity / nullif(equity.customers, 0) as decimal(38, 6)) as mean_clv,
    equity.horizon_days,
    equity.residual,
    cast(equity.p_alive as double) as expected_active,
    equity.repeat_customers,
    cast(equity.repeat_alive as double) as repeat_active,
    equity.single_customers,
    case when equity.least_single < 1 then cast(equity.single_alive as double) end as single_active,
    cast(equity.expected_purchases as double) as expected_purchases,
    equity.expected_revenue,
    history.revenue_12m
from history
cross join equity
