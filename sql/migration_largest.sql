-- Grain: one row per move from one segment to another, the largest revenue first.
--
-- from_segment, to_segment  keys
-- direction                 up, down
-- customers                 how many moved so
-- revenue_before, revenue   money: their revenue to date, then and now
--
-- Parameters: none.
select
    from_segment,
    to_segment,
    case when to_order < from_order then 'up' else 'down' end as direction,
    customers,
    revenue_before,
    revenue
from migration
where to_order <> from_order
order by revenue_before desc nulls last, from_segment, to_segment
