-- Grain: one row per customer who complained in the last $service_days, and whose rhythm was known by then: four days with an order or
-- more up to the complaint. Of each the first such complaint.
--
-- customer_id    text
-- day            of the complaint
-- usual_gap      days: the median of the gaps between days with an order up to the complaint
-- back_on        the first day with an order after the complaint that came no later after the one before than usual_gap, both after
--                the complaint; NULL: not yet
-- complained_on  the next complaint on a later day; NULL: none
-- state          back; again: complained again before that; not_yet
-- orders         days with an order from the day after the complaint to back_on; NULL unless back
-- contacts       visits held and calls that reached the customer in these days; NULL likewise
-- impressions    orders + contacts; NULL likewise
--
-- Parameters: $as_of, $service_days.
with complaints as (
    select distinct customer_id, day
    from service_complaints
    where day <= cast($as_of as date)
),

-- Before the complaint, of all complaints of the window.
rhythms as (
    select
        complaints.customer_id,
        complaints.day,
        median(cast(customer_day.gap_days as double)) as usual_gap
    from complaints
    inner join customer_day
        on complaints.customer_id = customer_day.customer_id
        and customer_day.day <= complaints.day
        and customer_day.orders > 0
    where complaints.day > cast($as_of as date) - cast($service_days as int)
    group by complaints.customer_id, complaints.day
    having count(customer_day.gap_days) >= 3
),

first_ones as (
    select customer_id, day, usual_gap
    from (
        select *, row_number() over (partition by customer_id order by day) as number from rhythms
    )
    where number = 1
),

next_ones as (
    select first_ones.customer_id, min(complaints.day) as complained_on
    from first_ones
    inner join complaints on first_ones.customer_id = complaints.customer_id and complaints.day > first_ones.day
    group by first_ones.customer_id
),

returned as (
    select first_ones.customer_id, min(customer_day.day) as back_on
    from first_ones
    inner join customer_day
        on first_ones.customer_id = customer_day.customer_id
        and customer_day.orders > 0
        and customer_day.day > first_ones.day
        and customer_day.day <= cast($as_of as date)
        and customer_day.gap_days <= first_ones.usual_gap
        and customer_day.day - customer_day.gap_days > first_ones.day
    group by first_ones.customer_id
),

told as (
    select
        first_ones.customer_id,
        first_ones.day,
        first_ones.usual_gap,
        returned.back_on,
        next_ones.complained_on,
        case
            when returned.back_on is not null and (next_ones.complained_on is null or next_ones.complained_on > returned.back_on) then 'back'
            when next_ones.complained_on is not null then 'again'
            else 'not_yet'
        end as state
    from first_ones
    left join returned on first_ones.customer_id = returned.customer_id
    left join next_ones on first_ones.customer_id = next_ones.customer_id
),

bought as (
    select told.customer_id, count(*) as orders
    from told
    inner join customer_day
        on told.customer_id = customer_day.customer_id
        and customer_day.orders > 0
        and customer_day.day > told.day
        and customer_day.day <= told.back_on
    group by told.customer_id
),

met as (
    select told.customer_id, count(*) as contacts
    from told
    inner join interactions
        on told.customer_id = interactions.customer_id
        and interactions.kind in ('visit', 'call')
        and coalesce(interactions.outcome, '') not in ('cancelled', 'not_reached')
        and interactions.occurred_at > told.day
        and interactions.occurred_at <= told.back_on
    group by told.customer_id
)

select
    told.customer_id,
    told.day,
    told.usual_gap,
    told.back_on,
    told.complained_on,
    told.state,
    case when told.state = 'back' then coalesce(bought.orders, 0) end as orders,
    case when told.state = 'back' then coalesce(met.contacts, 0) end as contacts,
    case when told.state = 'back' then coalesce(bought.orders, 0) + coalesce(met.contacts, 0) end as impressions
from told
left join bought on told.customer_id = bought.customer_id
left join met on told.customer_id = met.customer_id
order by told.day, told.customer_id
