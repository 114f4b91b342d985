-- Grain: one row per customer with an answer that counts.
--
-- customer_id  text
-- segment      key; NULL where the customer has none
-- status       of churn; NULL of a customer who never bought
-- categories   answers that count
-- spend_here, spend_all, elsewhere  money: their sums
-- share        spend_here / spend_all
-- most_elsewhere  the category with the most money elsewhere; the first by name of several
--
-- Parameters: none.
with ranked as (
    select
        *,
        row_number() over (partition by customer_id order by elsewhere desc, category) as place
    from wallet
),

summed as (
    select
        customer_id,
        count(*) as categories,
        sum(spend_here) as spend_here,
        sum(spend_all) as spend_all,
        sum(elsewhere) as elsewhere,
        max(category) filter (where place = 1) as most_elsewhere
    from ranked
    group by customer_id
)

select
    summed.customer_id,
    segments.segment,
    segments.segment_order,
    churn.status,
    summed.categories,
    summed.spend_here,
    summed.spend_all,
    cast(summed.spend_here as double) / cast(summed.spend_all as double) as share,
    summed.elsewhere,
    summed.most_elsewhere
from summed
left join segments on summed.customer_id = segments.customer_id
left join churn on summed.customer_id = churn.customer_id
order by summed.customer_id
