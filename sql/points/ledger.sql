-- Grain: one row per member and business day with a transaction or an entry of the source `points`.
--
-- customer_id  text
-- day          business day
-- amount       money of the transactions that earn
-- base         points for it
-- bonus        bonus points
-- redeemed     points that rewards, cash and vouchers used up, below zero; 0 where $reward_uses_points is false
-- adjusted     points given or taken by hand
-- expired      points that expired, below zero
-- opening      what an opening balance puts right: of a day with one, the balance after it less what the ledger would have.
--              So an opening balance holds all of its own day, and the days before it do not matter
-- points       sum of all these: by how much the balance changed
-- balance      sum of `points` up to this day
-- earned       points earned up to this day: base, bonus, and what opening balances added
-- card_points  those that count for the higher card
--
-- A row depends on nothing after its day.
--
-- Parameters: $as_of, $reward_uses_points, $card_bonus, $card_by.
with entries as (
    select
        customer_id,
        day,
        amount,
        base,
        for_size + for_weekday + for_birthday + for_coming_first as bonus,
        0 as redeemed,
        0 as adjusted,
        0 as expired,
        cast(null as bigint) as opened
    from points_earned
    where day <= $as_of
    union all
    select
        customer_id,
        day,
        0 as amount,
        0 as base,
        0 as bonus,
        case when kind in ('redeem_item', 'redeem_cash', 'voucher') and $reward_uses_points then points else 0 end as redeemed,
        case when kind = 'adjust' then points else 0 end as adjusted,
        case when kind = 'expire' then points else 0 end as expired,
        case when kind = 'opening' then points end as opened
    from points_movements
    where day <= $as_of
),

days as (
    select
        customer_id,
        day,
        sum(amount) as amount,
        sum(base) as base,
        sum(bonus) as bonus,
        sum(redeemed) as redeemed,
        sum(adjusted) as adjusted,
        sum(expired) as expired,
        sum(opened) as opened
    from entries
    group by customer_id, day
),

changes as (
    select *, base + bonus + redeemed + adjusted + expired as change from days
),

totals as (
    select *, sum(change) over (partition by customer_id order by day rows between unbounded preceding and current row) as total
    from changes
),

-- From an opening balance on the ledger goes on from it.
balances as (
    select
        *,
        total + coalesce(
            last_value(opened - total) ignore nulls over (
                partition by customer_id order by day rows between unbounded preceding and current row
            ),
            0
        ) as balance
    from totals
),

moves as (
    select
        *,
        balance - lag(balance, 1, 0) over (partition by customer_id order by day) as points
    from balances
),

openings as (
    select *, points - change as opening from moves
),

sums as (
    select
        *,
        sum(base + greatest(opening, 0)) over (
            partition by customer_id order by day rows between unbounded preceding and current row
        ) as base_so_far,
        sum(bonus) over (
            partition by customer_id order by day rows between unbounded preceding and current row
        ) as bonus_so_far
    from openings
)

select
    customer_id,
    day,
    amount,
    base,
    bonus,
    redeemed,
    adjusted,
    expired,
    opening,
    points,
    balance,
    base_so_far + bonus_so_far as earned,
    case when $card_by = 'lifetime' then base_so_far + bonus_so_far else balance end
    - case when $card_bonus then 0 else bonus_so_far end as card_points
from sums
order by customer_id, day
