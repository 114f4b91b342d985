-- Grain: one row per customer and day with money in the period, or in the one that it is compared with.
--
-- customer_id, day
-- time     now, before
-- revenue  money
-- shares   of all account managers on that day together; 0 where nobody has the customer
--
-- Parameters: $period_start, $period_end, $before_start, $before_end, $year_ago_start, $year_ago_end, $manager_scores_against.
with days as (
    select
        customer_id,
        day,
        case when day between $period_start and $period_end then 'now' else 'before' end as time,
        revenue
    from customer_day
    where
        revenue <> 0
        and (
            day between $period_start and $period_end
            or ($manager_scores_against = 'before' and day between $before_start and $before_end)
            or ($manager_scores_against = 'year_ago' and day between $year_ago_start and $year_ago_end)
        )
)

select
    days.customer_id,
    days.day,
    days.time,
    days.revenue,
    coalesce(sum(held.share), 0) as shares
from days
left join manager_scores_held as held
    on days.customer_id = held.customer_id and days.day between held.from_day and held.to_day
group by days.customer_id, days.day, days.time, days.revenue
order by days.customer_id, days.day
