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
-- opening      the correction by an opening balance: the balance after it less what the ledger would have. So an opening
--              balance includes all of its own day, and the days before it do not matter
-- points       sum of all these: the change of the balance
-- balance      sum of `points` up to this day
-- card_points  points up to this day that count for the higher card: base, bonus and what opening balances added, or those
--              that are left
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
    select
        *,
        base + bonus + redeemed + adjusted + expired as change,
        -- The part that counts for the higher card.
        case when $card_by = 'lifetime' then base + bonus else base + bonus + redeemed + adjusted + expired end
        - case when $card_bonus then 0 else bonus end as card_change
    from days
),

totals as (
    select
        *,
        sum(change) over past as total,
        sum(card_change) over past as card_total
    from changes
    window past as (partition by customer_id order by day rows between unbounded preceding and current row)
),

-- From an opening balance on, the ledger differs from its own total by this much. Ledgers without one need no second look.
opened_customers as (
    select distinct customer_id from points_movements where kind = 'opening' and day <= $as_of
),

opened_customers_totals as (
    select
        changes.customer_id,
        changes.day,
        changes.opened,
        sum(changes.change) over (
            partition by changes.customer_id order by changes.day rows between unbounded preceding and current row
        ) as total
    from changes
    inner join opened_customers on changes.customer_id = opened_customers.customer_id
),

opened_days as (
    select
        customer_id,
        day,
        opened - total as off,
        opened - total - lag(opened - total, 1, 0) over (partition by customer_id order by day) as opening,
        lead(day) over (partition by customer_id order by day) as until
    from opened_customers_totals
    where opened is not null
),

offs as (
    select
        *,
        sum(greatest(opening, 0)) over (
            partition by customer_id order by day rows between unbounded preceding and current row
        ) as added
    from opened_days
),

opened_totals as (
    select
        totals.*,
        coalesce(offs.off, 0) as off,
        coalesce(offs.added, 0) as added,
        case when totals.day = offs.day then offs.opening else 0 end as opening
    from totals
    left join offs
        on totals.customer_id = offs.customer_id
        and totals.day >= offs.day
        and (offs.until is null or totals.day < offs.until)
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
    change + opening as points,
    total + off as balance,
    card_total + case when $card_by = 'lifetime' then added else off end as card_points
from opened_totals
order by customer_id, day
