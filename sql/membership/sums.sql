-- Grain: one row per customer with any row on or before $as_of: what the rules of the cards look at.
--
-- customer_id  text
-- first_day    first day with an order; NULL without one
-- last_day     last day with an order; likewise
-- first_spend  money of the first day with an order, less that day's returns; likewise
-- spend_3m, spend_6m, spend_12m  money of the last 3, 6 and 12 months, $as_of included
-- best_day     money of the best day
-- total_spend  money of all days
-- points       points that count towards a card; 0 if no module gives any
--
-- Parameters: $as_of, $month: calendar or days30.
with spent as (
    select
        customer_id,
        min(day) filter (where orders > 0) as first_day,
        max(day) filter (where orders > 0) as last_day,
        max(revenue) filter (where orders > 0 and gap_days is null) as first_spend,
        sum(revenue) filter (
            where day > case
                when $month = 'calendar' then cast($as_of as date) - interval '3 months'
                else cast($as_of as date) - interval '90 days'
            end
        ) as spend_3m,
        sum(revenue) filter (
            where day > case
                when $month = 'calendar' then cast($as_of as date) - interval '6 months'
                else cast($as_of as date) - interval '180 days'
            end
        ) as spend_6m,
        sum(revenue) filter (
            where day > case
                when $month = 'calendar' then cast($as_of as date) - interval '12 months'
                else cast($as_of as date) - interval '360 days'
            end
        ) as spend_12m,
        max(revenue) as best_day,
        sum(revenue) as total_spend
    from customer_day
    where day <= $as_of
    group by customer_id
),

counted as (
    select customer_id, sum(points) as points
    from membership_points
    where day <= $as_of
    group by customer_id
)

select
    spent.customer_id,
    spent.first_day,
    spent.last_day,
    spent.first_spend,
    coalesce(spent.spend_3m, 0) as spend_3m,
    coalesce(spent.spend_6m, 0) as spend_6m,
    coalesce(spent.spend_12m, 0) as spend_12m,
    spent.best_day,
    spent.total_spend,
    coalesce(counted.points, 0) as points
from spent
left join counted on spent.customer_id = counted.customer_id
order by spent.customer_id
