-- Grain: one row per customer whose spending suffices for a card that somebody has to approve, and who does not hold it; most money
-- first.
--
-- customer_id     text
-- tier            the card held, as a key; none: no card
-- review          the card to approve
-- status          waiting; rejected: it was turned down after the rule held first
-- decided_on      the day of that; NULL: none
-- since           the first day on which the rule held
-- spend_12m       money of the last 12 months
-- months_bought   of these months: those with an order, counted back from $as_of
-- last_day        last day with an order
--
-- Parameters: $as_of, $month: calendar or days30.
with asked as (
    select membership.*, tiers.tier_order as review_order
    from membership
    inner join membership_tiers as tiers on membership.review = tiers.tier
),

-- How many whole months before $as_of a day lies.
bought as (
    select
        asked.customer_id,
        case
            when $month = 'days30' then cast(cast($as_of as date) - days.day as bigint) / 30
            else
                cast(
                    (extract(year from cast($as_of as date)) - extract(year from days.day)) * 12
                    + extract(month from cast($as_of as date)) - extract(month from days.day) as bigint
                )
                - case when extract(day from days.day) > extract(day from cast($as_of as date)) then 1 else 0 end
        end as months_ago
    from customer_day as days
    inner join asked on days.customer_id = asked.customer_id
    where
        days.orders > 0
        and days.day <= $as_of
        and days.day > case
            when $month = 'calendar' then cast($as_of as date) - interval '12 months'
            else cast($as_of as date) - interval '360 days'
        end
),

months as (
    select customer_id, count(distinct months_ago) as months_bought
    from bought
    group by customer_id
),

earned as (
    select customer_id, tier_order, since
    from membership_earned
    where reading = 'chosen' and since <= $as_of
),

rejected as (
    select asked.customer_id, max(events.day) as day
    from asked
    inner join earned on asked.customer_id = earned.customer_id and asked.review_order = earned.tier_order
    inner join membership_events as events
        on asked.customer_id = events.customer_id and asked.review = events.tier
    where events.event = 'rejected' and events.day <= $as_of and events.day >= earned.since
    group by asked.customer_id
)

select
    asked.customer_id,
    asked.tier,
    asked.review,
    case when rejected.day is null then 'waiting' else 'rejected' end as status,
    rejected.day as decided_on,
    earned.since,
    asked.spend_12m,
    coalesce(months.months_bought, 0) as months_bought,
    asked.last_day
from asked
left join earned on asked.customer_id = earned.customer_id and asked.review_order = earned.tier_order
left join months on asked.customer_id = months.customer_id
left join rejected on asked.customer_id = rejected.customer_id
order by status desc, asked.spend_12m desc, asked.customer_id
