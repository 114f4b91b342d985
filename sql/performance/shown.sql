-- Grain: one row per row of performance that the page shows; in its order. Where places have a table of their own, stores, cities
-- and regions stand there.
--
-- Columns as in performance.
--
-- Parameters: none.
with placed as (
    select count(*) > 0 as known from performance where dimension = 'city'
)

select performance.*
from performance
cross join placed
where performance.dimension not in ('region', 'city') and (performance.dimension <> 'store' or not placed.known)
order by performance.dimension_order, performance.revenue desc, performance.item
