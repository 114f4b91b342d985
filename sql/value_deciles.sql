-- Grain: one row per tenth of the customers by predicted value; none where the model's fit failed.
--
-- decile            1 = the best tenth
-- customers         count
-- clv               money: predicted value
-- clv_share         share of all predicted value
-- expected_revenue  money over the next 365 days
-- revenue_12m       money of the last 365 days
--
-- Parameters: none.
with population as (
    select count(clv) as n, sum(cast(clv as decimal(38, 6))) as total from clv
),

ranked as (
    select
        ranking(cast(clv.clv as decimal(38, 6))) over (order by clv.customer_id) as ranking,
        clv.clv,
        clv.expected_purchases_365 * cast(clv.expected_spend as double) as expected_revenue,
        customer_summary.revenue_12m
    from clv
    inner join customer_summary on clv.customer_id = customer_summary.customer_id
    where clv.clv is not null
),

placed as (
    select
        1 + (ranking['place'] - 1) * 10 / (select n from population) as decile,
        cast(clv as decimal(38, 6)) as clv,
        cast(expected_revenue as decimal(38, 6)) as expected_revenue,
        revenue_12m
    from ranked
),

deciles as (
    select
        decile,
        count(*) as customers,
        sum(clv) as clv,
        sum(expected_revenue) as expected_revenue,
        sum(revenue_12m) as revenue_12m
    from placed
    group by decile
)

select
    deciles.decile,
    deciles.customers,
    deciles.clv,
    case when population.total > 0 then cast(deciles.clv as double) / cast(population.total as double) end
        as clv_share,
    deciles.expected_revenue,
    deciles.revenue_12m
from deciles
cross join population
order by deciles.decile
