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
    select count(clv.clv) as n, sum(cast(clv.clv as decimal(38, 6))) as total from clv
),

ranked as (
    select
        clv.customer_id,
        1 + (cast(row_number() over (order by clv.clv desc, clv.customer_id) as bigint) - 1) * 10 / population.n as decile,
        cast(clv.clv as decimal(38, 6)) as clv,
        cast(
            clv.expected_purchases_365 * cast(clv.expected_spend as double) as decimal(38, 6)
        ) as expected_revenue,
        population.total
    from clv
    cross join population
    where clv.clv is not null
)

select
    ranked.decile,
    count(*) as customers,
    sum(ranked.clv) as clv,
    case when max(ranked.total) > 0 then cast(sum(ranked.clv) as double) / cast(max(ranked.total) as double) end
        as clv_share,
    sum(ranked.expected_revenue) as expected_revenue,
    sum(customer_summary.revenue_12m) as revenue_12m
from ranked
inner join customer_summary on ranked.customer_id = customer_summary.customer_id
group by ranked.decile
order by ranked.decile
