-- Grain: one row per channel whose revenue differs from that of the period before; the largest change first, 12 at most. For its
-- picture. None if fewer than two channels are known.
--
-- name, item_as  as in performance
-- contribution   likewise
--
-- Parameters: none.
with named as (
    select count(*) as items from performance where dimension = 'channel' and item <> '-'
),

largest as (
    select item, name, item_as, contribution
    from performance
    cross join named
    where dimension = 'channel' and contribution <> 0 and named.items > 1
    order by abs(contribution) desc, item
    limit 12
)

select name, item_as, contribution
from largest
order by contribution desc, item
