-- Grain: one row per member.
--
-- customer_id  text
-- member_from  the first day on which the customer spent $enrol_spend, or that of the first opening balance
-- earns_from   the first day with purchases that earn points: the same one, or with $enrolling_earns false the day after. An
--              opening balance includes what its own day earned: that day makes no difference
--
-- A row depends on nothing after `member_from`. That day also fixes `earns_from`.
--
-- Parameters: $as_of, $enrol_spend, $enrolling_earns.
with spent as (
    select customer_id, day, sum(amount) as amount
    from points_receipts
    where day <= $as_of
    group by customer_id, day
),

begun as (
    select customer_id, day from spent where amount >= $enrol_spend
    union all
    select customer_id, day from points_movements where kind = 'opening' and day <= $as_of
),

first_days as (
    select customer_id, min(day) as member_from
    from begun
    group by customer_id
)

select
    customer_id,
    member_from,
    case when $enrolling_earns then member_from else member_from + interval '1 day' end as earns_from
from first_days
order by customer_id
