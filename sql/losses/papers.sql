-- Grain: one row per paper that was handed in up to $as_of.
--
-- customer_id  text
-- day          the day of the row that names it
-- paper        analysis or measures
-- came_on      the day on which that row was closed
--
-- With $losses_papers = 'named' a paper is a closed reminder whose reason names it, or a closed report whose outcome does; with
-- 'one_report' a closed report is both.
--
-- Parameters: $as_of, $losses_papers: named or one_report, $losses_analysis, $losses_measures.
with closed as (
    select
        cast(customer_id as varchar) as customer_id,
        cast(occurred_at as date) as day,
        cast(kind as varchar) as kind,
        case
            when kind = 'reminder' then lower(trim(cast(reason as varchar))) else lower(trim(cast(outcome as varchar)))
        end as names,
        cast(closed_on as date) as came_on
    from interactions
    where
        kind in ('reminder', 'loss_report')
        and customer_id is not null
        and cast(occurred_at as date) <= cast($as_of as date)
        and cast(closed_on as date) <= cast($as_of as date)
)

select customer_id, day, 'analysis' as paper, came_on
from closed
where
    ($losses_papers = 'named' and array_has($losses_analysis, names))
    or ($losses_papers = 'one_report' and kind = 'loss_report')
union all
select customer_id, day, 'measures', came_on
from closed
where
    ($losses_papers = 'named' and array_has($losses_measures, names))
    or ($losses_papers = 'one_report' and kind = 'loss_report')
