-- Grain: one row per customer. Scores by fixed cut-offs, so that a score means the same every month.
--
-- customer_id   text
-- recency_days  days since the last order
-- frequency     orders
-- monetary      money: revenue
-- r, f, m       scores from 1 to $bins, the higher the better (r: the more recent)
--
-- width_bucket(value, cuts) is the number of cuts that the value reaches. A frequency of 4 with the cuts
-- [2, 3, 5] reaches two of them and scores 3. A recency that reaches no cut scores best.
--
-- Parameters: $recency_cuts (days), $frequency_cuts (orders), $monetary_cuts (money): ascending lists of
-- numbers, each one shorter than the number of scores.
-- $recency_cuts must be ascending numbers, one fewer than $bins
-- $frequency_cuts must be ascending numbers, one fewer than $bins
-- $monetary_cuts must be ascending numbers, one fewer than $bins
select
    customer_id,
    recency_days,
    orders as frequency,
    revenue as monetary,
    cast(array_length($recency_cuts) as bigint) + 1
        - width_bucket(cast(recency_days as double), $recency_cuts) as r,
    1 + width_bucket(cast(orders as double), $frequency_cuts) as f,
    1 + width_bucket(cast(revenue as double), $monetary_cuts) as m
from customer_summary
order by customer_id
