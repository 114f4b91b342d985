-- Grain: one row per customer and period of churn_features whose last order is at most $within_days old: whoever has been
-- silent for longer needs no warning.
--
-- Columns as in churn_features, and
-- p_silent  the probability of no order in the window after the day, by MBG/NBD fitted on the period `train`. If MBG/NBD saw
--           nobody leave, by NBD. NULL where neither fit predicts
-- p_gone    1 - P(alive) on the day, by MBG/NBD; NULL where that does not predict
--
-- Parameters: $within_days.
-- $within_days must be a whole number of 1 or more
with fitted as (
    select
        max(estimate) filter (where model = 'mbg_nbd' and parameter = 'r') as r,
        max(estimate) filter (where model = 'mbg_nbd' and parameter = 'alpha') as alpha,
        max(estimate) filter (where parameter = 'a') as a,
        max(estimate) filter (where parameter = 'b') as b,
        max(estimate) filter (where model = 'nbd' and parameter = 'r') as r_staying,
        max(estimate) filter (where model = 'nbd' and parameter = 'alpha') as alpha_staying,
        max(unit_days) as unit_days
    from churn_alive_fit
    where model in ('mbg_nbd', 'nbd') and status in ('converged', 'limit')
)

select
    churn_features.*,
    coalesce(
        mbg_nbd_probability_of(
            0,
            repeat_days,
            cast(span_days as double) / (select unit_days from fitted),
            cast(tenure_days as double) / (select unit_days from fitted),
            (select cast(window_days as double) from churn_origins) / (select unit_days from fitted),
            (select r from fitted), (select alpha from fitted), (select a from fitted), (select b from fitted)
        ),
        nbd_probability_of(
            0,
            repeat_days,
            cast(span_days as double) / (select unit_days from fitted),
            cast(tenure_days as double) / (select unit_days from fitted),
            (select cast(window_days as double) from churn_origins) / (select unit_days from fitted),
            (select r_staying from fitted), (select alpha_staying from fitted)
        )
    ) as p_silent,
    1 - mbg_nbd_p_alive(
        repeat_days,
        cast(span_days as double) / (select unit_days from fitted),
        cast(tenure_days as double) / (select unit_days from fitted),
        (select r from fitted), (select alpha from fitted), (select a from fitted), (select b from fitted)
    ) as p_gone
from churn_features
where recency_days <= $within_days
order by customer_id, period
