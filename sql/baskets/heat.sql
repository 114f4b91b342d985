-- Grain: one row per pair of categories, both ways, for the picture.
--
-- item, other, lift  as in `baskets_categories`
--
-- Parameters: none.
select item, other, lift
from baskets_categories
union all
select other as item, item as other, lift
from baskets_categories
order by item, other
