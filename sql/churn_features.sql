-- Grain: one row per customer and period: what was known of customers on a day, and whether they left after it. A model
-- (`model: logistic`, `model: tree`) learns on the period `train`, is judged on `judge`, and predicts for `now`.
--
-- The days are those of churn_origins, a step of origins.sql. `train` knows all up to origin_3; `judge` up to origin_1, one
-- window later; `now` up to $as_of. So learning comes before judging. `train` and `judge` have about the share_drawn of the
-- customers with an order by the day. `now` has those with a last order at most $within_days old.
--
-- period             train, judge, now; without train and judge where history is too short for three windows
-- known_until        the last day that counts as known
-- label              no day with an order in the window of window_days after it; NULL for now
-- active_days ... mean_repeat_spend, ln_gaps   as in customer_summary, as of the day
-- recency_days       days since the last order
-- lateness           double: recency_days / own median gap ($min_gap_days at least); NULL below three active days
-- late               beyond the own 90th percentile of gaps ($min_gap_days at least); NULL below three active days
-- average_day        double: revenue per active day
-- spend_trend        double: revenue of the last half window (b) against the half before (a), (b - a) / (b + a), from -1 (none
--                    any more) to 1 (none before); NULL where neither is above zero
-- order_trend        the same of active days
-- returns_share      double: returns / sales up to the day; NULL without sales
--
-- Orders before history began (`begins` in churn_origins) do not count, as in histories.sql: one mistyped date would make a
-- silence of years.
--
-- For today, customer_summary knows all but the last window. So the days of all customers are read for that window alone.
-- In no order: the steps that read this table sort the fewer rows that they keep.
--
-- Parameters: $as_of, $min_gap_days, $within_days.
-- $min_gap_days must be a number of 1 or more
-- $within_days must be a whole number of 1 or more
with moments as (
    select 'train' as period, origin_3 as known_until, cast(window_days as int) as window_days
    from churn_origins
    where origin_3 is not null
    union all
    select 'judge', origin_1, cast(window_days as int)
    from churn_origins
    where origin_3 is not null
),

drawn as (
    select
        customer_id,
        day,
        -- A gap that began before history did does not count.
        case when day - (select begins from churn_origins) >= gap_days then gap_days end as gap_days,
        orders,
        revenue,
        sales,
        returns
    from customer_day
    where
        day <= $as_of
        and day >= (select begins from churn_origins)
        and draw(customer_id) < (select share_drawn from churn_origins where origin_3 is not null)
),

days as (
    select
        drawn.*,
        period,
        known_until,
        day <= known_until as known,
        -- 1: the last half window up to the day, 2: the half before; below 1: after the day.
        case
            when day > known_until then 0
            when day > known_until - window_days / 2 then 1
            when day > known_until - window_days / 2 * 2 then 2
        end as half
    from drawn
    cross join moments
    where day <= known_until + window_days
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

past as (
    select
        customer_id,
        period,
        known_until,
        days_after = 0 as label,
        active_days,
        repeat_days,
        cast(last_day - first_day as bigint) as span_days,
        cast(known_until - first_day as bigint) as tenure_days,
        cast(cast(repeat_revenue as decimal(38, 6)) / nullif(repeat_days, 0) as decimal(38, 6)) as mean_repeat_spend,
        ln_sum(gaps) as ln_gaps,
        cast(known_until - last_day as bigint) as recency_days,
        percentile(gaps, 0.5) as median_gap_days,
        percentile(gaps, 0.9) as p90_gap_days,
        revenue,
        sales,
        returns,
        revenue_last,
        revenue_before,
        days_last,
        days_before
    from per_customer
    where active_days > 0
),

lately as (
    select
        customer_id,
        sum(revenue) filter (where is_last) as revenue_last,
        sum(revenue) filter (where not is_last) as revenue_before,
        count(*) filter (where is_last and orders > 0) as days_last,
        count(*) filter (where not is_last and orders > 0) as days_before
    from (
        select
            customer_id,
            orders,
            revenue,
            day > cast($as_of as date) - (select cast(window_days as int) / 2 from churn_origins) as is_last
        from customer_day
        where day <= $as_of and day > cast($as_of as date) - (select cast(window_days as int) / 2 * 2 from churn_origins)
    ) as halves
    group by customer_id
),

-- The few customers with orders both before history began and since then.
early as (
    select customer_id
    from customer_summary
    where first_day < (select begins from churn_origins) and last_day >= (select begins from churn_origins)
),

since as (
    select
        customer_day.customer_id,
        customer_day.day,
        customer_day.orders,
        customer_day.revenue,
        customer_day.sales,
        customer_day.returns,
        case when customer_day.day - (select begins from churn_origins) >= customer_day.gap_days then customer_day.gap_days end
            as gap_days
    from customer_day
    inner join early on customer_day.customer_id = early.customer_id
    where
        -- Mostly there are none. Then no day is read.
        (select stray_orders from churn_origins) > 0
        and customer_day.day <= $as_of
        and customer_day.day >= (select begins from churn_origins)
),

counted as (
    select
        customer_id,
        min(day) filter (where orders > 0) as first_day,
        max(day) filter (where orders > 0) as last_day,
        count(*) filter (where orders > 0) as active_days,
        count(gap_days) as repeat_days,
        sum(revenue) filter (where gap_days is not null) as repeat_revenue,
        distribution(gap_days) as gaps,
        sum(revenue) as revenue,
        sum(sales) as sales,
        sum(returns) as returns
    from since
    group by customer_id
),

histories as (
    select
        customer_id,
        active_days,
        repeat_days,
        span_days,
        tenure_days,
        mean_repeat_spend,
        ln_gaps,
        recency_days,
        median_gap_days,
        p90_gap_days,
        revenue,
        sales,
        returns
    from customer_summary
    where not (first_day < (select begins from churn_origins) and last_day >= (select begins from churn_origins))
    union all
    select
        customer_id,
        active_days,
        repeat_days,
        last_day - first_day,
        cast($as_of as date) - first_day,
        cast(cast(repeat_revenue as decimal(38, 6)) / nullif(repeat_days, 0) as decimal(38, 6)),
        ln_sum(gaps),
        cast($as_of as date) - last_day,
        percentile(gaps, 0.5),
        percentile(gaps, 0.9),
        revenue,
        sales,
        returns
    from counted
),

today as (
    select
        histories.customer_id,
        'now' as period,
        cast($as_of as date) as known_until,
        cast(null as boolean) as label,
        active_days,
        repeat_days,
        cast(span_days as bigint) as span_days,
        cast(tenure_days as bigint) as tenure_days,
        mean_repeat_spend,
        ln_gaps,
        cast(recency_days as bigint) as recency_days,
        median_gap_days,
        p90_gap_days,
        revenue,
        sales,
        returns,
        revenue_last,
        revenue_before,
        coalesce(days_last, 0) as days_last,
        coalesce(days_before, 0) as days_before
    from histories
    left join lately on histories.customer_id = lately.customer_id
    where active_days > 0 and recency_days <= $within_days
),

known as (
    select * from past
    union all
    select * from today
)

select
    customer_id,
    period,
    known_until,
    label,
    active_days,
    repeat_days,
    span_days,
    tenure_days,
    mean_repeat_spend,
    ln_gaps,
    recency_days,
    case when active_days >= 3 then
        cast(recency_days as double) / greatest(median_gap_days, cast($min_gap_days as double))
    end as lateness,
    case when active_days >= 3 then
        cast(recency_days as double) > greatest(p90_gap_days, cast($min_gap_days as double))
    end as late,
    cast(revenue as double) / active_days as average_day,
    case when greatest(coalesce(revenue_last, 0), 0) + greatest(coalesce(revenue_before, 0), 0) > 0 then
        cast(greatest(coalesce(revenue_last, 0), 0) - greatest(coalesce(revenue_before, 0), 0) as double)
        / cast(greatest(coalesce(revenue_last, 0), 0) + greatest(coalesce(revenue_before, 0), 0) as double)
    end as spend_trend,
    case when days_last + days_before > 0 then
        cast(days_last - days_before as double) / (days_last + days_before)
    end as order_trend,
    case when sales > 0 then cast(returns as double) / cast(sales as double) end as returns_share
from known
