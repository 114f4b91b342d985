-- Grain: one row per customer and period: what was known of customers on a day, and whether they left after it. A model
-- (`model: logistic`, `model: tree`) learns on the period `train`, is judged on `judge`, and tells of `now`.
--
-- The days are those of origins.sql: `train` knows all up to origin_3, `judge` up to origin_1, one window later, so that what
-- is learned from lies before what is judged; `now` up to $as_of. Customers who had an order by the day are in it, in the
-- first two about the share_drawn of them.
--
-- period             train, judge, now; without train and judge where history is too short for three windows
-- known_until        the last day that counts as known
-- label              no day with an order in the window of window_days after it; NULL for now
-- active_days ... mean_repeat_spend, ln_gaps   as in customer_summary, as of the day
-- recency_days       days since the last order
-- lateness           double: recency_days / own median gap, which is $min_gap_days at least; NULL below three active days
-- late               beyond the own 90th percentile of gaps, which is likewise floored; NULL below three active days
-- average_day        double: revenue an active day
-- spend_trend        double: revenue of the last half window against that of the half before, (b - a) / (b + a), from -1 (none
--                    any more) to 1 (none before); NULL where neither is above zero
-- order_trend        the same of active days
-- category_trend     the same of categories bought from; NULL where no category is known
-- returns_share      double: returns / sales up to the day; NULL without sales
-- discount_share     double: discount / (sales + discount) in the window up to the day; NULL where no discount is known
-- channels           channels bought through in that window; NULL where none is known
-- main_channel_share double: share of its rows bought through the channel that most rows of all customers come through
--
-- Parameters: $as_of, $min_gap_days.
with moments as (
    select 'train' as period, origin_3 as known_until, cast(window_days as int) as window_days, share_drawn
    from origins
    where origin_3 is not null
    union all
    select 'judge', origin_1, cast(window_days as int), share_drawn
    from origins
    where origin_3 is not null
    union all
    select 'now', cast($as_of as date), cast(window_days as int), cast(1 as double)
    from origins
),

days as (
    select
        customer_id,
        period,
        known_until,
        window_days,
        day,
        gap_days,
        orders,
        revenue,
        sales,
        returns,
        day <= known_until as known,
        -- 1: the last half window up to the day, 2: the half before; below 1: after the day.
        case
            when day > known_until then 0
            when day > known_until - window_days / 2 then 1
            when day > known_until - window_days / 2 * 2 then 2
        end as half
    from customer_day
    cross join moments
    where day <= known_until + window_days and day <= $as_of and (share_drawn >= 1 or draw(customer_id) < share_drawn)
),

per_customer as (
    select
        customer_id,
        period,
        min(known_until) as known_until,
        min(day) filter (where known and orders > 0) as first_day,
        max(day) filter (where known and orders > 0) as last_day,
        count(*) filter (where known and orders > 0) as active_days,
        count(gap_days) filter (where known) as repeat_days,
        count(*) filter (where not known and orders > 0) as days_after,
        sum(revenue) filter (where known) as revenue,
        sum(revenue) filter (where known and gap_days is not null) as repeat_revenue,
        sum(sales) filter (where known) as sales,
        sum(returns) filter (where known) as returns,
        sum(revenue) filter (where half = 1) as revenue_last,
        sum(revenue) filter (where half = 2) as revenue_before,
        count(*) filter (where half = 1 and orders > 0) as days_last,
        count(*) filter (where half = 2 and orders > 0) as days_before,
        distribution(gap_days) filter (where known) as gaps
    from days
    group by customer_id, period
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
    where amount > 0
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
    per_customer.customer_id,
    per_customer.period,
    per_customer.known_until,
    case when per_customer.period <> 'now' then days_after = 0 end as label,
    active_days,
    repeat_days,
    cast(last_day - first_day as bigint) as span_days,
    cast(known_until - first_day as bigint) as tenure_days,
    case when repeat_days > 0 then cast(repeat_revenue as double) / repeat_days end as mean_repeat_spend,
    ln_sum(gaps) as ln_gaps,
    cast(known_until - last_day as bigint) as recency_days,
    case when active_days >= 3 then
        cast(known_until - last_day as double) / greatest(percentile(gaps, 0.5), cast($min_gap_days as double))
    end as lateness,
    case when active_days >= 3 then
        cast(known_until - last_day as double) > greatest(percentile(gaps, 0.9), cast($min_gap_days as double))
    end as late,
    cast(revenue as double) / active_days as average_day,
    case when greatest(coalesce(revenue_last, 0), 0) + greatest(coalesce(revenue_before, 0), 0) > 0 then
        cast(greatest(coalesce(revenue_last, 0), 0) - greatest(coalesce(revenue_before, 0), 0) as double)
        / cast(greatest(coalesce(revenue_last, 0), 0) + greatest(coalesce(revenue_before, 0), 0) as double)
    end as spend_trend,
    case when days_last + days_before > 0 then
        cast(days_last - days_before as double) / (days_last + days_before)
    end as order_trend,
    case when categories_last + categories_before > 0 then
        cast(categories_last - categories_before as double) / (categories_last + categories_before)
    end as category_trend,
    case when sales > 0 then cast(returns as double) / cast(sales as double) end as returns_share,
    case when amount + discount > 0 then cast(discount as double) / cast(amount + discount as double) end
        as discount_share,
    channels,
    main_channel_share
from per_customer
left join goods on per_customer.customer_id = goods.customer_id and per_customer.period = goods.period
where active_days > 0
order by per_customer.customer_id, per_customer.period
