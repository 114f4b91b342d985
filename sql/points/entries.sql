-- Grain: one row per entry of the source `points` up to $as_of whose kind is known; columns as in points_movements.
--
-- customer_id  text
-- day          business day
-- kind         opening, redeem_item, redeem_cash, voucher, adjust, expire
-- points       whole number with its sign: what is redeemed or expires is below zero
--
-- Earnings are computed, never supplied: a row of another kind has no effect, and is a finding.
--
-- Parameters: $as_of.
select
    cast(customer_id as varchar) as customer_id,
    cast(day as date) as day,
    kind,
    cast(points as bigint) as points
from points
where
    cast(day as date) <= $as_of
    and customer_id is not null
    and points is not null
    and kind in ('opening', 'redeem_item', 'redeem_cash', 'voucher', 'adjust', 'expire')
order by customer_id, day, kind, points
