-- Grain: one row; none where there is no customer. Of the last 365 days: shares of all history grow with history, and say
-- nothing of change. With $to_date of all history.
--
-- customers                with an order, or with money, in these days; with $to_date all
-- customers_negative       with revenue below zero
-- customers_zero           with revenue of exactly zero
-- revenue                  money of these days
-- top20_customers          the best fifth of customers, rounded up
-- top20_revenue            money of these
-- top20_share              share of revenue of these
-- gini                     2 sum(i x_i) / (n sum(x)) - (n + 1) / n, x ascending; 0 = all alike
-- hhi                      Herfindahl-Hirschman index, sum of squared shares of revenue; 1 = one customer
-- customers_for_80         fewest customers who reach 80 % of revenue
-- customers_for_80_share   their share of customers
-- vip_share                share of revenue of the best 5 %
-- top1_share, top5_share, top10_share  share of revenue of the 1, 5, 10 best customers
--
-- Shares, gini and hhi are NULL where revenue is not above zero in total: they would have no meaning.
--
-- Parameters: $to_date.
-- $to_date must be true or false
with buyers as (
    select case when $to_date then revenue else revenue_12m end as revenue
    from customer_summary
    where $to_date or orders_12m > 0 or revenue_12m <> 0
),

totals as (
    select
        count(*) as customers,
        count(*) filter (where revenue < 0) as customers_negative,
        count(*) filter (where revenue = 0) as customers_zero,
        sum(revenue) as revenue,
        case when sum(revenue) > 0 then cast(sum(revenue) as double) end as base,
        -- All revenues in order: figures of the best customers are read from it, without a rank for each.
        distribution(revenue) as revenues
    from buyers
    having count(*) > 0
)

select
    customers,
    customers_negative,
    customers_zero,
    revenue,
    (customers + 4) / 5 as top20_customers,
    top_sum(revenues, (customers + 4) / 5) as top20_revenue,
    top_share(revenues, 0.2) as top20_share,
    top_share(revenues, 0.05) as vip_share,
    gini(revenues) as gini,
    hhi(revenues) as hhi,
    top_count(revenues, 0.8) as customers_for_80,
    cast(top_count(revenues, 0.8) as double) / cast(customers as double) as customers_for_80_share,
    cast(top_sum(revenues, 1) as double) / base as top1_share,
    cast(top_sum(revenues, 5) as double) / base as top5_share,
    cast(top_sum(revenues, 10) as double) / base as top10_share
from totals
