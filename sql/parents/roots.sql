-- Grain: one row per customer with a parent that is not the customer itself: the group that it belongs to.
--
-- customer_id   text
-- group_id      the last parent of the chain: a parent without a parent. After six steps, as in a ring, it is the least
--               id that was passed: so all in a short ring are one group
-- endless       whether the chain did not end within six steps
--
-- The source has no dates: a group is that of today, for the past too.
--
-- Parameters: none.
with links as (
    select customer_id, min(parent_id) as parent_id
    from customers
    where parent_id is not null and parent_id <> '' and parent_id <> customer_id
    group by customer_id
),

chains as (
    select
        first.customer_id,
        first.parent_id as p1,
        second.parent_id as p2,
        third.parent_id as p3,
        fourth.parent_id as p4,
        fifth.parent_id as p5,
        sixth.parent_id as p6
    from links as first
    left join links as second on first.parent_id = second.customer_id
    left join links as third on second.parent_id = third.customer_id
    left join links as fourth on third.parent_id = fourth.customer_id
    left join links as fifth on fourth.parent_id = fifth.customer_id
    left join links as sixth on fifth.parent_id = sixth.customer_id
)

select
    customer_id,
    case
        when p6 is null then coalesce(p5, p4, p3, p2, p1)
        else least(customer_id, p1, p2, p3, p4, p5, p6)
    end as group_id,
    p6 is not null as endless
from chains
order by customer_id
