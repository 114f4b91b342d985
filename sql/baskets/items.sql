-- Grain: one row per level, kind of day (and `all`) and thing bought.
--
-- level, kind, item  the key
-- baskets            with the thing
-- all_baskets        of the level and kind of day
--
-- Parameters: none.
with counts as (
    select level, kind, item, count(*) as baskets
    from baskets_lines
    group by level, kind, item
),

each as (
    select level, kind, customer_id, day
    from baskets_lines
    group by level, kind, customer_id, day
),

totals as (
    select level, kind, count(*) as all_baskets
    from each
    group by level, kind
)

select counts.level, counts.kind, counts.item, counts.baskets, totals.all_baskets
from counts
inner join totals on counts.level = totals.level and counts.kind = totals.kind
union all
select counts.level, 'all' as kind, counts.item, sum(counts.baskets), max(whole.all_baskets)
from counts
inner join (select level, sum(all_baskets) as all_baskets from totals group by level) as whole on counts.level = whole.level
group by counts.level, counts.item
