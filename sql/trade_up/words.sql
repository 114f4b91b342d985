-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers            with a main rung in both spans
-- up, down             of these, a higher rung, a lower one
-- up_share, down_share the quotients
-- days                 $trade_up_days
--
-- Parameters: $trade_up_days, $least_customers.
with counts as (
    select
        coalesce(sum(customers) filter (where direction is not null), 0) as customers,
        coalesce(sum(customers) filter (where direction = 'up'), 0) as up,
        coalesce(sum(customers) filter (where direction = 'down'), 0) as down
    from trade_up
)

select
    case when customers < $least_customers then 'left_out' else 'answer' end as place,
    cast(1 as bigint) as position,
    case
        when customers < $least_customers then 'trade_up.few'
        -- As many up as down but for chance: a difference of two counts has a standard deviation of the root of their sum.
        when up - down > 2 * sqrt(up + down) then 'trade_up.answer.up'
        when down - up > 2 * sqrt(up + down) then 'trade_up.answer.down'
        else 'trade_up.answer.even'
    end as word,
    'trade_up' as step,
    customers,
    up,
    down,
    case when customers > 0 then cast(up as double) / customers end as up_share,
    case when customers > 0 then cast(down as double) / customers end as down_share,
    cast($trade_up_days as bigint) as days
from counts
