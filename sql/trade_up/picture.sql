-- Grain: one row per main rung before and now, of customers with both.
--
-- from_rung, to_rung, customers  as in `trade_up`; rungs as text
--
-- Parameters: none.
with known as (
    select from_rung as from_number, to_rung as to_number, customers
    from trade_up
    where direction is not null
)

select cast(from_number as varchar) as from_rung, cast(to_number as varchar) as to_rung, customers
from known
order by from_number, to_number
