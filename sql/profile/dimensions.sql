-- Grain: one row per dimension that a customer states; in the order of the page.
--
-- dimension, dimension_order  as in profile_groups
-- customers  all
-- stated     of these, with a value
-- filled     their share
-- groups     different values
-- shown      whether it is on the page: filled by $profile_filled or more
--
-- Parameters: $profile_filled.
select
    dimension,
    dimension_order,
    cast(sum(customers) as bigint) as customers,
    cast(sum(customers) filter (where value <> '-') as bigint) as stated,
    cast(sum(customers) filter (where value <> '-') as double) / cast(sum(customers) as double) as filled,
    count(*) filter (where value <> '-') as groups,
    -- As decimals: a share just at the bound is at it.
    cast(cast(sum(customers) filter (where value <> '-') as double) / cast(sum(customers) as double) as decimal(18, 9))
        >= cast($profile_filled as decimal(18, 9)) as shown
from profile_groups
group by dimension, dimension_order
having count(*) filter (where value <> '-') > 0
order by dimension_order
