-- Grain: one row per account manager of manager_scores_growth.
--
-- account_manager, registered, name, team, role, customers, revenue, revenue_before, growth, band  as there
-- base, service, feedback, marketing  points of each part; NULL without data
-- weight           weight of the parts with data
-- points           their points
-- score            points / weight × 100; NULL without data
--
-- Parameters: none.
with summed as (
    select
        account_manager,
        max(points) filter (where part = 'base') as base,
        max(points) filter (where part = 'service') as service,
        max(points) filter (where part = 'feedback') as feedback,
        max(points) filter (where part = 'marketing') as marketing,
        coalesce(sum(cast(weight as decimal(18, 9))) filter (where points is not null), 0) as weight,
        sum(cast(points as decimal(18, 9))) as points
    from manager_scores_parts
    group by account_manager
)

select
    growth.account_manager,
    growth.registered,
    growth.name,
    growth.team,
    growth.role,
    growth.customers,
    growth.revenue,
    growth.revenue_before,
    growth.growth,
    growth.band,
    summed.base,
    summed.service,
    summed.feedback,
    summed.marketing,
    cast(summed.weight as double) as weight,
    cast(summed.points as double) as points,
    case when summed.weight > 0 then cast(cast(summed.points as double) * 100 / cast(summed.weight as double) as decimal(9, 4)) end
        as score
from manager_scores_growth as growth
inner join summed on growth.account_manager = summed.account_manager
order by growth.account_manager
