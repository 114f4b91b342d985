-- Grain: one row per kind of loyalty that customers named, the most frequent first: each customer's latest answer to the question
-- `loyalty` in the last $satisfaction_days. An answer without a kind does not count.
--
-- named        key: as the source has it
-- customers    who named it
-- share        customers / all who named one
-- loyal        of these, customers who count as loyal (loyalty_customers)
-- shown        of these, customers of whom purchases show the same: of price and incentive; NULL of all other kinds, which purchases
--              cannot show
-- revenue_12m  money of these customers
--
-- Parameters: $as_of, $satisfaction_days.
with latest as (
    select
        customer_id,
        lower(trim(answer)) as named,
        row_number() over (partition by customer_id order by day desc, lower(trim(answer))) as newest
    from surveys
    where
        question = 'loyalty'
        and customer_id is not null
        and trim(answer) <> ''
        and day <= cast($as_of as date)
        and day > cast($as_of as date) - cast($satisfaction_days as int)
),

counted as (
    select
        latest.named,
        count(*) as customers,
        count(*) filter (where loyalty_customers.type <> 'few') as loyal,
        count(*) filter (where loyalty_customers.type = latest.named) as shown,
        coalesce(sum(customer_summary.revenue_12m), 0) as revenue_12m
    from latest
    left join loyalty_customers on latest.customer_id = loyalty_customers.customer_id
    left join customer_summary on latest.customer_id = customer_summary.customer_id
    where latest.newest = 1
    group by latest.named
)

select
    named,
    customers,
    cast(customers as double) / sum(customers) over () as share,
    loyal,
    case when named in ('price', 'incentive') then shown end as shown,
    revenue_12m
from counted
order by customers desc, named
