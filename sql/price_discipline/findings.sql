-- Grain: one row if less of the list price was paid than in as many days before, by $price_discipline_points or more; else none.
--
-- Parameters: $price_discipline_points, $price_discipline_days, $least_customers.
with buyers as (
    select count(*) as customers from price_discipline_customers where listed > 0
)

select
    'price_discipline_fell' as rule,
    -- What the same goods would have brought at the share of before; money of a year.
    cast(
        (cast(listed as decimal(38, 6)) * cast(-paid_share_change as decimal(18, 9))) * 365 / $price_discipline_days
        as decimal(38, 6)
    ) as money,
    cast(paid_share as decimal(38, 6)) as value,
    cast(paid_share_before as decimal(38, 6)) as before,
    cast(-paid_share_change as decimal(38, 6)) as change,
    buyers.customers,
    cast(null as bigint) as of_customers,
    cast(null as varchar) as name,
    'price_discipline' as step,
    false as of_data
from price_discipline
cross join buyers
where
    dimension = 'all'
    and buyers.customers >= $least_customers
    and cast(-paid_share_change as decimal(18, 9)) >= cast($price_discipline_points as decimal(18, 9))
