-- Grain: one row per member and day on which points that count for the higher card came or went; columns as in
-- membership_points. Their sum up to a day is `card_points` of points_ledger.
--
-- customer_id  text
-- day          business day
-- points       signed whole number
--
-- Parameters: $as_of, $card_bonus, $card_by.
with moves as (
    select
        customer_id,
        day,
        case when $card_by = 'lifetime' then base + bonus + greatest(opening, 0) else points end
        - case when $card_bonus then 0 else bonus end as points
    from points_ledger
    where day <= $as_of
)

select customer_id, day, points
from moves
where points <> 0
order by customer_id, day
