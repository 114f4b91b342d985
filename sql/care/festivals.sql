-- Grain: one row per festival that begins from $as_of to $care_festival_days days later × customer whom $care_festival_for names.
--
-- Columns as in care_entries. since: $care_festival_days days before the festival.
--
-- Parameters: $as_of, $care_festival_days, $care_festival_for: class_a, class_a_and_b or all.
with ahead as (
    select distinct cast(name as varchar) as name, cast(starts_on as date) as starts_on
    from festivals
    where
        kind = 'festival'
        and cast(starts_on as date)
        between cast($as_of as date) and cast(cast($as_of as date) + interval $care_festival_days day as date)
)

select
    'festival' as kind,
    customer_rank.customer_id,
    cast(ahead.starts_on - interval $care_festival_days day as date) as since,
    ahead.starts_on as due_on,
    cast(null as varchar) as card,
    ahead.name,
    cast(null as decimal(38, 6)) as money,
    cast(null as bigint) as points,
    cast(null as bigint) as days
from customer_rank
cross join ahead
where
    $care_festival_for = 'all'
    or customer_rank.class = 'A'
    or ($care_festival_for = 'class_a_and_b' and customer_rank.class = 'B')
