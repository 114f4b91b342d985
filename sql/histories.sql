-- Grain: one row per customer: what predictions are made from.
--
-- customer_id .. ln_gaps  as in customer_summary. If a customer has orders both before history began (`begins` in origins)
--                         and since then, the latter alone: one mistyped date would make a silence of years
-- recent_days             active days among the last window_days, $as_of included
-- window_days             days of the contest's windows, for rules that use the last window
--
-- Parameters: $as_of.
with recent as (
    select customer_id, count(*) as recent_days
    from customer_day
    where
        orders > 0
        and day <= $as_of
        and day > (select cast($as_of as date) - cast(coalesce(window_days, 0) as int) from origins)
    group by customer_id
),

-- The few customers with orders both before history began and since then.
early as (
    select customer_id
    from customer_summary
    where first_day < (select begins from origins) and last_day >= (select begins from origins)
),

since as (
    select
        customer_day.customer_id,
        customer_day.day,
        customer_day.revenue,
        -- A gap that began before history did does not count.
        case when customer_day.day - (select begins from origins) >= customer_day.gap_days then customer_day.gap_days end as gap_days
    from customer_day
    inner join early on customer_day.customer_id = early.customer_id
    where
        -- Mostly there are none. Then no day is read.
        (select stray_orders from origins) > 0
        and customer_day.orders > 0
        and customer_day.day <= $as_of
        and customer_day.day >= (select begins from origins)
),

counted_anew as (
    select
        customer_id,
        count(*) as active_days,
        count(gap_days) as repeat_days,
        max(day) - min(day) as span_days,
        cast($as_of as date) - min(day) as tenure_days,
        cast(sum(revenue) filter (where gap_days is not null) as double) / count(gap_days) as mean_repeat_spend,
        ln_sum(distribution(gap_days)) as ln_gaps
    from since
    group by customer_id
)

select
    customer_summary.customer_id,
    coalesce(counted_anew.active_days, customer_summary.active_days) as active_days,
    coalesce(counted_anew.repeat_days, customer_summary.repeat_days) as repeat_days,
    coalesce(counted_anew.span_days, customer_summary.span_days) as span_days,
    coalesce(counted_anew.tenure_days, customer_summary.tenure_days) as tenure_days,
    case
        when counted_anew.customer_id is null then customer_summary.mean_repeat_spend
        else counted_anew.mean_repeat_spend
    end as mean_repeat_spend,
    case when counted_anew.customer_id is null then customer_summary.ln_gaps else counted_anew.ln_gaps end as ln_gaps,
    coalesce(recent.recent_days, 0) as recent_days,
    (select window_days from origins) as window_days
from customer_summary
left join recent on customer_summary.customer_id = recent.customer_id
left join counted_anew on customer_summary.customer_id = counted_anew.customer_id
order by customer_summary.customer_id
