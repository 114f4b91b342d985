-- Grain: one row per category owned and category that came next; the highest lift first.
--
-- category      owned $next_category_days ago
-- next_category not owned then
-- customers     who owned the one and not the other
-- came          of these, bought the other since
-- confidence    came / customers
-- all_customers, all_came, base  the same of all who owned anything and not the other; all_came / all_customers
-- lift          confidence / base; NULL where nobody came
-- low, high     95 % interval of the confidence (Wilson 1927)
-- revenue_each  money that one who came spends on it in these days, to two decimals
--
-- Parameters: $least_customers.
with sets as (
    select owned_then, came, count(*) as customers
    from next_category_owned
    where owned_then <> 0
    group by owned_then, came
),

base as (
    select
        items.number,
        sum(sets.customers) as all_customers,
        coalesce(sum(sets.customers) filter (where (sets.came >> items.number) & 1 = 1), 0) as all_came
    from sets
    cross join next_category_items as items
    where (sets.owned_then >> items.number) & 1 = 0
    group by items.number
),

pairs as (
    select
        one.category,
        next.category as next_category,
        next.number,
        sum(sets.customers) as customers,
        coalesce(sum(sets.customers) filter (where (sets.came >> next.number) & 1 = 1), 0) as came
    from sets
    cross join next_category_items as one
    cross join next_category_items as next
    where
        one.number <> next.number
        and (sets.owned_then >> one.number) & 1 = 1
        and (sets.owned_then >> next.number) & 1 = 0
    group by one.category, next.category, next.number
),

measured as (
    select
        pairs.category,
        pairs.next_category,
        pairs.customers,
        pairs.came,
        cast(pairs.came as double) / pairs.customers as confidence,
        base.all_customers,
        base.all_came,
        cast(base.all_came as double) / base.all_customers as base
    from pairs
    inner join base on pairs.number = base.number
    where pairs.customers >= $least_customers
)

select
    measured.category,
    measured.next_category,
    measured.customers,
    measured.came,
    measured.confidence,
    measured.all_customers,
    measured.all_came,
    measured.base,
    case when measured.all_came > 0 then measured.confidence / measured.base end as lift,
    (measured.confidence + 1.9208 / measured.customers
        - 1.96 * sqrt(measured.confidence * (1 - measured.confidence) / measured.customers + 0.9604 / power(measured.customers, 2)))
    / (1 + 3.8416 / measured.customers) as low,
    (measured.confidence + 1.9208 / measured.customers
        + 1.96 * sqrt(measured.confidence * (1 - measured.confidence) / measured.customers + 0.9604 / power(measured.customers, 2)))
    / (1 + 3.8416 / measured.customers) as high,
    cast(round(spent.revenue / spent.customers, 2) as decimal(38, 2)) as revenue_each
from measured
left join next_category_spent as spent on measured.next_category = spent.category
order by lift desc nulls last, measured.category, measured.next_category
