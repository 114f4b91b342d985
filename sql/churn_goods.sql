-- Grain: one row per customer and period of churn_features, if the customer bought anything in the window of days up to the
-- day: what was bought, and how. It reads the rows of transactions: a run then reads all files, not new ones alone.
--
-- period             as in churn_features
-- category_trend     double: categories bought from in the last half window (b) against the half before (a), (b - a) / (b + a),
--                    from -1 (none any more) to 1 (none before); NULL where no category is known
-- discount_share     double: discount / (sales + discount) in the window; NULL where no discount is known
-- channels           channels bought through in the window; NULL where none is known
-- main_channel_share double: share of its rows through the main channel, the one with most rows of all customers
--
-- Parameters: $as_of.
with moments as (
    select 'train' as period, origin_3 as known_until, cast(window_days as int) as window_days, share_drawn
    from churn_origins
    where origin_3 is not null
    union all
    select 'judge', origin_1, cast(window_days as int), share_drawn
    from churn_origins
    where origin_3 is not null
    union all
    select 'now', cast($as_of as date), cast(window_days as int), cast(1 as double)
    from churn_origins
),

-- The windows up to the three days do not overlap: a row is in one of them at most.
bought as (
    select
        customer_id,
        period,
        day > known_until - window_days / 2 as is_last,
        day <= known_until - window_days / 2 and day > known_until - window_days / 2 * 2 as is_before,
        category,
        channel,
        amount,
        discount
    from transactions
    join moments on day <= known_until and day > known_until - window_days
    where amount > 0 and (share_drawn >= 1 or draw(customer_id) < share_drawn)
),

main_channel as (
    select channel as main
    from bought
    where channel is not null
    group by channel
    order by count(*) desc, channel
    limit 1
),

goods as (
    select
        customer_id,
        period,
        count(distinct category) filter (where is_last) as categories_last,
        count(distinct category) filter (where is_before) as categories_before,
        case when count(discount) > 0 then sum(coalesce(discount, 0)) end as discount,
        sum(amount) as amount,
        case when count(channel) > 0 then count(distinct channel) end as channels,
        case when count(channel) > 0 then
            cast(count(*) filter (where channel = (select main from main_channel)) as double) / count(channel)
        end as main_channel_share
    from bought
    group by customer_id, period
)

select
    customer_id,
    period,
    case when categories_last + categories_before > 0 then
        cast(categories_last - categories_before as double) / (categories_last + categories_before)
    end as category_trend,
    case when amount + discount > 0 then cast(discount as double) / cast(amount + discount as double) end
        as discount_share,
    channels,
    main_channel_share
from goods
order by customer_id, period
