-- Grain: one row per quarter with a customer, and measure.
--
-- quarter, measure  keys
-- score             mean score of the customers of the quarter
--
-- Parameters: none.
with summed as (
    select
        engagement.quarter,
        engagement_scores.measure,
        cast(sum(engagement_scores.score) as double) / cast(count(*) as double) as score
    from engagement_scores
    inner join engagement on engagement_scores.customer_id = engagement.customer_id
    group by engagement.quarter, engagement_scores.measure
)

select quarter, measure, score
from summed
order by
    case quarter when 'core' then 1 when 'undervalued' then 2 when 'distant' then 3 else 4 end,
    case measure when 'recency' then 1 when 'frequency' then 2 when 'breadth' then 3 else 4 end
