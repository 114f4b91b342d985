-- Grain: one row per part, in order.
--
-- part, part_order, weight
-- managers   account managers with data for it
-- of_managers  all
-- reached    mean share of its points that they reached; NULL without one
-- lost       mean points lost: weight × (1 - reached)
--
-- Parameters: none.
select
    part,
    part_order,
    max(weight) as weight,
    count(points) as managers,
    count(*) as of_managers,
    cast(sum(cast(reached as decimal(18, 12))) as double) / nullif(count(reached), 0) as reached,
    max(weight) * (1 - cast(sum(cast(reached as decimal(18, 12))) as double) / nullif(count(reached), 0)) as lost
from manager_scores_parts
group by part, part_order
order by part_order
