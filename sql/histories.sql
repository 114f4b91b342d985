-- Grain: one row per customer: what predictions are made from.
--
-- customer_id .. ln_gaps  as in customer_summary
-- recent_days             active days among the last window_days, $as_of included
-- window_days             days of the contest's windows, for rules that go by the last window
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
)

select
    customer_summary.customer_id,
    customer_summary.active_days,
    customer_summary.repeat_days,
    customer_summary.span_days,
    customer_summary.tenure_days,
    customer_summary.mean_repeat_spend,
    customer_summary.ln_gaps,
    coalesce(recent.recent_days, 0) as recent_days,
    (select window_days from origins) as window_days
from customer_summary
left join recent on customer_summary.customer_id = recent.customer_id
order by customer_summary.customer_id
