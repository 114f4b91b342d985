-- Grain: one row per customer with a predicted value: what the customer brings now, and may bring.
--
-- customer_id      text
-- revenue_12m      money of the last 365 days: the current value
-- clv              money: predicted value
-- elsewhere        money that the customer says to spend elsewhere; NULL where nothing is known of it, and of all if fewer than
--                  $least_customers have said it: too few to compare
-- basis            what the potential is: stated (elsewhere), or predicted (clv)
-- current_level    3 high: among the best $potential_high of these customers by current value, with all who have as much as the
--                  last of them; 2 middle: among the best $potential_middle; 1 low: all others, and whoever has nothing
--                  above zero
-- potential_level  the same by potential, among the customers of the same basis: money of a year elsewhere and predicted value do not
--                  compare
-- cell             key: current and potential level, such as high_low
-- action           keep: high now and not low ahead; defend: high now, low ahead; develop: not high now, high ahead; nurture: middle
--                  ahead; spare: all others
--
-- Parameters: $potential_high, $potential_middle, $least_customers.
-- $potential_high must be a number above 0 to 1
-- $potential_middle must be a number above $potential_high
with stated as (
    select customer_id, sum(elsewhere) as elsewhere from potential_stated group by customer_id
),

predicted as (
    select
        clv.customer_id,
        customer_summary.revenue_12m,
        cast(clv.clv as decimal(38, 6)) as clv,
        case
            when count(stated.elsewhere) over () >= cast($least_customers as bigint) then cast(stated.elsewhere as decimal(38, 6))
        end as elsewhere
    from clv
    inner join customer_summary on clv.customer_id = customer_summary.customer_id
    left join stated on clv.customer_id = stated.customer_id
    where clv.clv is not null
),

based as (
    select
        *,
        case when elsewhere is null then 'predicted' else 'stated' end as basis,
        coalesce(elsewhere, clv) as potential
    from predicted
),

revenues as (
    select
        distribution(cast(revenue_12m as decimal(38, 6))) as revenues,
        cast(ceil(round(count(*) * cast($potential_high as double), 6)) as bigint) as high,
        cast(ceil(round(count(*) * least(cast($potential_middle as double), 1), 6)) as bigint) as middle
    from based
),

potentials as (
    select
        basis,
        distribution(potential) as potentials,
        cast(ceil(round(count(*) * cast($potential_high as double), 6)) as bigint) as high,
        cast(ceil(round(count(*) * least(cast($potential_middle as double), 1), 6)) as bigint) as middle
    from based
    group by basis
),

current_bounds as (
    select
        top_sum(revenues, high) - top_sum(revenues, high - 1) as revenue_high,
        top_sum(revenues, middle) - top_sum(revenues, middle - 1) as revenue_middle
    from revenues
),

potential_bounds as (
    select
        basis,
        top_sum(potentials, high) - top_sum(potentials, high - 1) as high,
        top_sum(potentials, middle) - top_sum(potentials, middle - 1) as middle
    from potentials
),

levels as (
    select
        based.*,
        case
            when based.revenue_12m <= 0 then 1
            when based.revenue_12m >= current_bounds.revenue_high then 3
            when based.revenue_12m >= current_bounds.revenue_middle then 2
            else 1
        end as current_level,
        case
            when based.potential <= 0 then 1
            when based.potential >= potential_bounds.high then 3
            when based.potential >= potential_bounds.middle then 2
            else 1
        end as potential_level
    from based
    cross join current_bounds
    inner join potential_bounds on based.basis = potential_bounds.basis
)

select
    customer_id,
    revenue_12m,
    clv,
    elsewhere,
    basis,
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
