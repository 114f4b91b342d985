-- Grain: one row per customer of churn_features' period `train`: what a model of purchases is fitted on, so that it knows no
-- more than the models that learn on that period.
--
-- Columns as in customer_summary, as of the day.
--
-- Parameters: none.
select customer_id, active_days, repeat_days, span_days, tenure_days, mean_repeat_spend, ln_gaps
from churn_features
where period = 'train'
order by customer_id
