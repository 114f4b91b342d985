-- Grain: one row per customer with a predicted value: what the customer brings now, and may bring.
--
-- customer_id      text
-- revenue_12m      money of the last 365 days: the current value
-- clv              money: predicted value, the potential
-- current_level    3 high: among the best $potential_high of these customers by current value, with all who have as much as the
--                  last of them; 2 middle: among the best $potential_middle; 1 low: all others, and whoever has nothing
--                  above zero
-- potential_level  the same by potential
-- cell             key: current and potential level, such as high_low
-- action           keep: high now and not low ahead; defend: high now, low ahead; develop: not high now, high ahead; nurture: middle
--                  ahead; spare: all others
--
-- Parameters: $potential_high, $potential_middle.
-- $potential_high must be a number above 0 to 1
-- $potential_middle must be a number above $potential_high
with predicted as (
    select
        clv.customer_id,
        customer_summary.revenue_12m,
        cast(clv.clv as decimal(38, 6)) as clv
    from clv
    inner join customer_summary on clv.customer_id = customer_summary.customer_id
    where clv.clv is not null
),

spread as (
    select
        distribution(cast(revenue_12m as decimal(38, 6))) as revenues,
        distribution(clv) as clvs,
        cast(ceil(round(count(*) * cast($potential_high as double), 6)) as bigint) as high,
        cast(ceil(round(count(*) * least(cast($potential_middle as double), 1), 6)) as bigint) as middle
    from predicted
),

bounds as (
    select
        top_sum(revenues, high) - top_sum(revenues, high - 1) as revenue_high,
        top_sum(revenues, middle) - top_sum(revenues, middle - 1) as revenue_middle,
        top_sum(clvs, high) - top_sum(clvs, high - 1) as clv_high,
        top_sum(clvs, middle) - top_sum(clvs, middle - 1) as clv_middle
    from spread
),

levels as (
    select
        predicted.*,
        case
            when predicted.revenue_12m <= 0 then 1
            when predicted.revenue_12m >= bounds.revenue_high then 3
            when predicted.revenue_12m >= bounds.revenue_middle then 2
            else 1
        end as current_level,
        case
            when predicted.clv <= 0 then 1
            when predicted.clv >= bounds.clv_high then 3
            when predicted.clv >= bounds.clv_middle then 2
            else 1
        end as potential_level
    from predicted
    cross join bounds
)

select
    customer_id,
    revenue_12m,
    clv,
    cast(current_level as bigint) as current_level,
    cast(potential_level as bigint) as potential_level,
    case current_level when 3 then 'high' when 2 then 'middle' else 'low' end
        || '_' || case potential_level when 3 then 'high' when 2 then 'middle' else 'low' end as cell,
    case
        when current_level = 3 and potential_level >= 2 then 'keep'
        when current_level = 3 then 'defend'
        when potential_level = 3 then 'develop'
        when potential_level = 2 then 'nurture'
        else 'spare'
    end as action
from levels
order by customer_id
