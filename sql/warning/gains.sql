-- Grain: one row per curve and tenth of customers, from 0: how many of those who then left are reached by contacting
-- the likeliest first. The curves are the regression, the groups of the tree and the rule "the longest silence
-- first"; none that was not judged, and no rows without a sound regression.
--
-- curve_order     1 is the regression
-- contender       whose curve it is
-- tenth           0 is nobody, 10 everybody
-- customer_share  share of customers contacted
-- captured        share of those who left among them
--
-- Parameters: none.
with judged as (
    select 1 as curve_order, contender, tenth, customers, captured
    from churn_weights_gains
    where contender = 'logistic'
    union all
    select 2, contender, tenth, customers, captured
    from churn_groups_gains
    where contender = 'tree'
    union all
    select 3, contender, tenth, customers, captured
    from churn_weights_gains
    where contender = 'recency_days'
),

known as (
    select
        judged.*,
        count(*) over (partition by contender) as tenths,
        count(captured) over (partition by contender) as tenths_known,
        sum(customers) over (
            partition by contender order by tenth rows between unbounded preceding and current row
        ) as contacted,
        sum(customers) over (
            partition by contender order by tenth rows between unbounded preceding and unbounded following
        ) as all_customers
    from judged
    cross join warning_sound
),

points as (
    select curve_order, contender, tenth, contacted / all_customers as customer_share, captured
    from known
    where tenths = tenths_known and all_customers > 0
),

-- Each curve begins at nothing: the first tenth stands twice, once as that point.
copies (is_start) as (
    values (true), (false)
)

select
    points.curve_order,
    points.contender,
    case when copies.is_start then 0 else points.tenth end as tenth,
    case when copies.is_start then cast(0 as double) else points.customer_share end as customer_share,
    case when copies.is_start then cast(0 as double) else points.captured end as captured
from points
cross join copies
where points.tenth = 1 or not copies.is_start
order by curve_order, tenth
