-- Grain: one row: the source `points` is there.
--
-- what    'redemptions'
-- faults  rows up to $as_of without effect: of an unknown kind, or without customer, day or points
--
-- Parameters: $as_of.
select
    'redemptions' as what,
    count(*) filter (
        where
            customer_id is null
            or day is null
            or points is null
            or kind is null
            or kind not in ('opening', 'redeem_item', 'redeem_cash', 'voucher', 'adjust', 'expire')
    ) as faults
from points
where day is null or cast(day as date) <= $as_of
