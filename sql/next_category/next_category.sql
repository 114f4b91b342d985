-- Grain: one row per customer with an order in the last 365 days who owns a category and lacks one that is known to
-- follow; the highest expected revenue first. Customers with the same two categories expect the same: of these the one with most
-- revenue stands first.
--
-- customer_id       text
-- next_category     the category not owned yet of which it is surest that it comes: the highest lower end (`low`) over all
--                   categories owned. By the share itself, pairs of few customers would win by chance
-- because           that owned category
-- confidence        share of customers with it who bought the other within $next_category_days days
-- revenue_each      money that one who came spends on it in these days
-- expected_revenue  confidence * revenue_each, to two decimals
-- owned             categories owned
-- revenue_12m       money of the last 365 days
--
-- Parameters: none.
with sets as (
    select distinct owned.owned_now
    from next_category_owned as owned
    inner join customer_summary on owned.customer_id = customer_summary.customer_id
    where owned.owned_now <> 0 and customer_summary.orders_12m > 0
),

numbered as (
    select pairs.*, one.number, next.number as next_number
    from next_category_pairs as pairs
    inner join next_category_items as one on pairs.category = one.category
    inner join next_category_items as next on pairs.next_category = next.category
    where pairs.came > 0
),

candidates as (
    select
        sets.owned_now,
        numbered.category,
        numbered.next_category,
        numbered.confidence,
        numbered.revenue_each,
        row_number() over (
            partition by sets.owned_now
            order by numbered.low desc, numbered.customers desc, numbered.next_category, numbered.category
        ) as place
    from sets
    inner join numbered
        on (sets.owned_now >> numbered.number) & 1 = 1 and (sets.owned_now >> numbered.next_number) & 1 = 0
)

select
    owned.customer_id,
    candidates.next_category,
    candidates.category as because,
    candidates.confidence,
    candidates.revenue_each,
    cast(round(candidates.confidence * cast(candidates.revenue_each as double), 2) as decimal(38, 2)) as expected_revenue,
    cast(bit_count.owned as bigint) as owned,
    customer_summary.revenue_12m
from next_category_owned as owned
inner join candidates on owned.owned_now = candidates.owned_now and candidates.place = 1
inner join customer_summary on owned.customer_id = customer_summary.customer_id
inner join
    (
        select sets.owned_now, count(*) as owned
        from sets
        inner join next_category_items as items on (sets.owned_now >> items.number) & 1 = 1
        group by sets.owned_now
    ) as bit_count
    on owned.owned_now = bit_count.owned_now
where customer_summary.orders_12m > 0
order by expected_revenue desc, customer_summary.revenue_12m desc, owned.customer_id
