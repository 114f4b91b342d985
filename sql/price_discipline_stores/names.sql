-- Grain: one row per store with a name.
--
-- store_id, name  text
--
-- Parameters: none.
select store_id, nullif(trim(max(name)), '') as name
from stores
where store_id is not null
group by store_id
having nullif(trim(max(name)), '') is not null
