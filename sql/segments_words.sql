-- Grain: one row per sentence of the section on segments.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- segment          the segment that brought most, with its customers, customer_share and revenue_share; of_customers is all
-- change           by how many its customers became more or fewer in a period; NULL where history does not reach
-- measure, scores  a measure, and its scores that nobody has
--
-- Parameters: none.
with leader as (
    select segment, customers, customer_share, revenue_share, customers - customers_before as change
    from segment_summary
    order by revenue_share desc nulls last, segment_order
    limit 1
),

everybody as (
    select sum(customers) as of_customers from segment_summary
),

-- Too many customers are alike there, or there are too few, to tell them apart.
empty as (
    select measure, array_agg(score order by score) as scores
    from rfm_bins
    where customers = 0
    group by measure
)

select
    'answer' as place,
    1 as position,
    case
        when leader.change > 0 then 'segments.answer_more'
        when leader.change < 0 then 'segments.answer_fewer'
        when leader.change = 0 then 'segments.answer_as_many'
        else 'segments.answer'
    end as word,
    'segment_summary' as step,
    leader.segment,
    leader.customers,
    leader.customer_share,
    leader.revenue_share,
    everybody.of_customers,
    abs(leader.change) as change,
    null as measure,
    null as scores
from leader
cross join everybody
union all
select
    'note' as place,
    case measure when 'r' then 2 when 'f' then 3 else 4 end as position,
    'segments.empty' as word,
    'rfm_bins' as step,
    null as segment,
    null as customers,
    null as customer_share,
    null as revenue_share,
    null as of_customers,
    null as change,
    measure,
    scores
from empty
order by position
