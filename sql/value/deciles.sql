-- Grain: one row per tenth of the customers by predicted value; none where the model's fit failed.
--
-- decile            1 = the best tenth
-- customers         count
-- clv               money: predicted value
-- clv_share         share of all predicted value
-- expected_revenue  money over the model's longest horizon
-- revenue_12m       money of the last 365 days
--
-- If customers with the same predicted value stand on both sides of a bound between tenths, the order of their ids must not
-- matter: each tenth takes its share of the money of all of them.
--
-- Parameters: none.
with population as (
    select count(clv) as n, sum(cast(clv as decimal(38, 6))) as total from clv
),

ranked as (
    select
        ranking(cast(clv.clv as decimal(38, 6))) over (order by clv.customer_id) as ranking,
        cast(clv.clv as decimal(38, 6)) as clv,
        cast(clv.expected_purchases * clv.expected_spend as decimal(38, 6)) as expected_revenue,
        customer_summary.revenue_12m
    from clv
    inner join customer_summary on clv.customer_id = customer_summary.customer_id
    where clv.clv is not null
),

-- The first and the last possible place of a customer among those with the same value.
places as (
    select
        ranking['better'] as first_place,
        (select n from population) - ranking['worse'] - 1 as last_place,
        clv,
        expected_revenue,
        revenue_12m
    from ranked
),

-- The tenth of each customer, in any place; those with two or more possible tenths stay together. These are few groups: one
-- per bound at most.
groups as (
    select
        first_place * 10 / (select n from population) as first_decile,
        last_place * 10 / (select n from population) as last_decile,
        case
            when first_place * 10 / (select n from population) <> last_place * 10 / (select n from population)
                then first_place
        end as first_place,
        count(*) as customers,
        sum(clv) as clv,
        sum(expected_revenue) as expected_revenue,
        sum(revenue_12m) as revenue_12m
    from places
    group by 1, 2, 3
),

-- A tenth begins at the first place p with floor(10 p / n) = its number.
tenths as (
    select
        decile,
        (decile * population.n + 9) / 10 as from_place,
        ((decile + 1) * population.n + 9) / 10 as to_place
    from population
    cross join (select unnest(range(0, 10)) as decile)
),

shares as (
    select
        tenths.decile,
        case
            when groups.first_place is null then groups.customers
            else least(tenths.to_place, groups.first_place + groups.customers)
                - greatest(tenths.from_place, groups.first_place)
        end as customers,
        groups.customers as of_customers,
        groups.clv,
        groups.expected_revenue,
        groups.revenue_12m
    from groups
    inner join tenths on tenths.decile between groups.first_decile and groups.last_decile
),

deciles as (
    select
        1 + decile as decile,
        sum(customers) as customers,
        sum(cast(clv * customers / of_customers as decimal(38, 6))) as clv,
        sum(cast(expected_revenue * customers / of_customers as decimal(38, 6))) as expected_revenue,
        sum(cast(cast(revenue_12m as decimal(38, 6)) * customers / of_customers as decimal(38, 6))) as revenue_12m
    from shares
    where customers > 0
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
