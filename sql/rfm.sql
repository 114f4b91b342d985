-- Grain: one row per customer. Scores by quantile.
--
-- customer_id   text
-- recency_days  days since the last order
-- frequency     orders
-- monetary      money: revenue
-- r, f, m       scores from 1 to $bins, the higher the better (r: the more recent)
--
-- A score is 1 + floor($bins x p), $bins at most. p = worse / (worse + better): among customers with another value, the
-- share with a worse one. Both leave out those with the same value. So the best value of a measure scores $bins and the
-- worst scores 1, however many share it. If all have the same value, p is 1/2: the middle score, or the upper one of two
-- in the middle. Without ties the scores are $bins equal parts of the customers.
--
-- Equal values have equal scores, in any order of rows. Multiplying all money by a rate changes nothing. With few
-- distinct values some scores stay empty: one value is never split. Integers only, hence no rounding at an edge.
--
-- quantile_cuts(distribution, k) has the k - 1 values that divide the customers. score(value, cuts) is 1 + the number of
-- these below the value: no customer need be ranked.
--
-- Parameters: $bins, 2 or more; fixed cut-offs instead of quantiles: rfm_fixed.sql.
-- $bins must be a whole number from 2 to 10
with cuts as (
    select
        -- More days are worse.
        quantile_cuts(distribution(-recency_days), $bins) as recency,
        quantile_cuts(distribution(orders), $bins) as frequency,
        quantile_cuts(distribution(revenue), $bins) as monetary
    from customer_summary
)

select
    customer_id,
    recency_days,
    orders as frequency,
    revenue as monetary,
    score(-recency_days, (select recency from cuts)) as r,
    score(orders, (select frequency from cuts)) as f,
    score(revenue, (select monetary from cuts)) as m
from customer_summary
order by customer_id
