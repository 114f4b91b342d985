-- Grain: one row; none where there is no customer.
--
-- customers                of any row
-- customers_negative       with revenue below zero
-- customers_zero           with revenue of exactly zero
-- revenue                  money
-- top20_customers          the best fifth of customers, rounded up
-- top20_revenue            money of these
-- top20_share              share of revenue of these
-- gini                     2 sum(i x_i) / (n sum(x)) - (n + 1) / n, x ascending; 0 = all alike
-- hhi                      Herfindahl-Hirschman index, sum of squared shares of revenue; 1 = one customer
-- customers_for_80         fewest customers who reach 80 % of revenue
-- customers_for_80_share   their share of customers
-- top1_share, top5_share, top10_share  share of revenue of the 1, 5, 10 best customers
--
-- Shares, gini and hhi are NULL where revenue is not above zero in total: they would have no meaning.
--
-- Parameters: none.
with totals as (
    select
        count(*) as customers,
        sum(revenue) as revenue,
        case when sum(revenue) > 0 then cast(sum(revenue) as double) end as base
    from customer_summary
),

sums as (
    select
        totals.customers,
        totals.revenue,
        totals.base,
        (totals.customers + 4) / 5 as top20_customers,
        count(*) filter (where ranks.revenue < 0) as customers_negative,
        count(*) filter (where ranks.revenue = 0) as customers_zero,
        count(*) filter (where ranks.class = 'A') as customers_for_80,
        sum(ranks.revenue) filter (where ranks.value_rank <= (totals.customers + 4) / 5) as top20_revenue,
        sum(ranks.revenue) filter (where ranks.value_rank <= 1) as top1_revenue,
        sum(ranks.revenue) filter (where ranks.value_rank <= 5) as top5_revenue,
        sum(ranks.revenue) filter (where ranks.value_rank <= 10) as top10_revenue,
        -- The best customer has the highest place in ascending order.
        sum((totals.customers + 1 - ranks.value_rank) * ranks.revenue) as places_times_revenue,
        -- Squared shares are added as decimals, so that the sum does not depend on the order of rows.
        sum(
            cast(
                power(cast(ranks.revenue as double) / totals.base, 2) as decimal(38, 18)
            )
        ) as hhi
    from customer_rank as ranks
    cross join totals
    group by totals.customers, totals.revenue, totals.base
)

select
    customers,
    customers_negative,
    customers_zero,
    revenue,
    top20_customers,
    top20_revenue,
    cast(top20_revenue as double) / base as top20_share,
    2 * cast(places_times_revenue as double) / (cast(customers as double) * base)
        - (cast(customers as double) + 1) / cast(customers as double) as gini,
    cast(hhi as double) as hhi,
    case when base is not null then customers_for_80 end as customers_for_80,
    case when base is not null then cast(customers_for_80 as double) / cast(customers as double) end
        as customers_for_80_share,
    cast(top1_revenue as double) / base as top1_share,
    cast(top5_revenue as double) / base as top5_share,
    cast(top10_revenue as double) / base as top10_share
from sums
