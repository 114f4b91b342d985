-- Grain: one row per customer, reading of the rules and card that these ever gave, whatever came later.
--
-- customer_id  text
-- reading      chosen: conditions joined as $match says; other: as it does not
-- tier_order   the card
-- since        the first day on which its rule held
--
-- A sum changes on days with rows. It also rises when a day of returns falls out of its window.
--
-- Parameters: $as_of, $match: all or any, $month: calendar or days30, $higher_needs_lower.
-- The least money that a card needs: under `all` the highest of its conditions, under `any` the lowest.
with least_asked as (
    select
        min(
            case
                when joined = 'all'
                    then greatest(first_spend, spend_3m, spend_6m, spend_12m, day_spend, total_spend)
                else least(first_spend, spend_3m, spend_6m, spend_12m, day_spend, total_spend)
            end
        ) as money
    from membership_tiers
),

-- Most customers never spend that much in all: their days are not read.
hopeful as (
    select customer_id
    from customer_day
    where day <= $as_of
    group by customer_id
    having sum(case when revenue > 0 then revenue end) >= (select money from least_asked)
    union
    select customer_id from membership_points where day <= $as_of
),

days as (
    select customer_id, day, revenue, orders, gap_days
    from customer_day
    where day <= $as_of and customer_id in (select customer_id from hopeful)
),

returned as (
    select
        customer_id,
        day,
        day + interval '3 months' as on_3m,
        day + interval '6 months' as on_6m,
        day + interval '12 months' as on_12m
    from days
    where revenue < 0
),

-- The first day that is 3, 6 and 12 months after: 31 August and six months are 1 March.
fallen_out as (
    select
        customer_id,
        case
            when $month = 'days30' then day + 90
            when on_3m - interval '3 months' < day then on_3m + interval '1 day'
            else on_3m
        end as day
    from returned
    union all
    select
        customer_id,
        case
            when $month = 'days30' then day + 180
            when on_6m - interval '6 months' < day then on_6m + interval '1 day'
            else on_6m
        end as day
    from returned
    union all
    select
        customer_id,
        case
            when $month = 'days30' then day + 360
            when on_12m - interval '12 months' < day then on_12m + interval '1 day'
            else on_12m
        end as day
    from returned
),

changes as (
    select
        customer_id,
        day,
        revenue,
        case when orders > 0 and gap_days is null then revenue end as first_spend,
        cast(0 as bigint) as points
    from days
    union all
    select customer_id, day, cast(0 as decimal(18, 2)) as revenue, null as first_spend, cast(0 as bigint) as points
    from fallen_out
    where day <= $as_of
    union all
    select customer_id, day, cast(0 as decimal(18, 2)) as revenue, null as first_spend, points
    from membership_points
    where day <= $as_of
),

-- What is known at the end of each of these days. A window begins on the day after the day that many months back.
known as (
    select
        customer_id,
        day,
        max(first_spend) over past as first_spend,
        case
            when $month = 'calendar' then sum(revenue) over (
                partition by customer_id order by day
                range between interval '3 months -1 days' preceding and current row
            )
            else sum(revenue) over (
                partition by customer_id order by day range between interval '89 days' preceding and current row
            )
        end as spend_3m,
        case
            when $month = 'calendar' then sum(revenue) over (
                partition by customer_id order by day
                range between interval '6 months -1 days' preceding and current row
            )
            else sum(revenue) over (
                partition by customer_id order by day range between interval '179 days' preceding and current row
            )
        end as spend_6m,
        case
            when $month = 'calendar' then sum(revenue) over (
                partition by customer_id order by day
                range between interval '12 months -1 days' preceding and current row
            )
            else sum(revenue) over (
                partition by customer_id order by day range between interval '359 days' preceding and current row
            )
        end as spend_12m,
        max(revenue) over past as best_day,
        sum(revenue) over past as total_spend,
        sum(points) over past as points
    from changes
    window past as (partition by customer_id order by day range between unbounded preceding and current row)
),

rules as (
    select
        tiers.*,
        readings.reading,
        case when tiers.joined = 'match' then readings.joined else tiers.joined end as joined_by,
        -- Of the cards of a scheme, which one.
        row_number() over (partition by readings.reading order by tiers.tier_order) as rung
    from membership_tiers as tiers
    cross join (
        select 'chosen' as reading, $match as joined
        union all
        select 'other' as reading, case when $match = 'all' then 'any' else 'all' end as joined
    ) as readings
),

-- The days on which a rule holds.
held as (
    select known.customer_id, rules.reading, rules.tier_order, rules.rung, known.day
    from known
    cross join rules
    where
        case
            when rules.joined_by = 'all' then
                coalesce(known.first_spend >= rules.first_spend, rules.first_spend is null)
                and coalesce(known.spend_3m >= rules.spend_3m, true)
                and coalesce(known.spend_6m >= rules.spend_6m, true)
                and coalesce(known.spend_12m >= rules.spend_12m, true)
                and coalesce(known.best_day >= rules.day_spend, true)
                and coalesce(known.total_spend >= rules.total_spend, true)
                and coalesce(known.points >= rules.points, true)
            else
                coalesce(known.first_spend >= rules.first_spend, false)
                or coalesce(known.spend_3m >= rules.spend_3m, false)
                or coalesce(known.spend_6m >= rules.spend_6m, false)
                or coalesce(known.spend_12m >= rules.spend_12m, false)
                or coalesce(known.best_day >= rules.day_spend, false)
                or coalesce(known.total_spend >= rules.total_spend, false)
                or coalesce(known.points >= rules.points, false)
        end
),

-- If a higher card needs the lower one first: from the second card on, the rule must hold on a day after that of the card
-- below. A scheme has five cards at most.
first_card as (
    select customer_id, reading, tier_order, min(day) as since
    from held
    where $higher_needs_lower and rung = 1
    group by customer_id, reading, tier_order
),

second_card as (
    select held.customer_id, held.reading, held.tier_order, min(held.day) as since
    from held
    inner join first_card as below on held.customer_id = below.customer_id and held.reading = below.reading
    where held.rung = 2 and held.day > below.since
    group by held.customer_id, held.reading, held.tier_order
),

third_card as (
    select held.customer_id, held.reading, held.tier_order, min(held.day) as since
    from held
    inner join second_card as below on held.customer_id = below.customer_id and held.reading = below.reading
    where held.rung = 3 and held.day > below.since
    group by held.customer_id, held.reading, held.tier_order
),

fourth_card as (
    select held.customer_id, held.reading, held.tier_order, min(held.day) as since
    from held
    inner join third_card as below on held.customer_id = below.customer_id and held.reading = below.reading
    where held.rung = 4 and held.day > below.since
    group by held.customer_id, held.reading, held.tier_order
),

fifth_card as (
    select held.customer_id, held.reading, held.tier_order, min(held.day) as since
    from held
    inner join fourth_card as below on held.customer_id = below.customer_id and held.reading = below.reading
    where held.rung = 5 and held.day > below.since
    group by held.customer_id, held.reading, held.tier_order
)

select customer_id, reading, tier_order, min(day) as since
from held
where not $higher_needs_lower
group by customer_id, reading, tier_order
union all
select customer_id, reading, tier_order, since from first_card
union all
select customer_id, reading, tier_order, since from second_card
union all
select customer_id, reading, tier_order, since from third_card
union all
select customer_id, reading, tier_order, since from fourth_card
union all
select customer_id, reading, tier_order, since from fifth_card
order by customer_id, reading, tier_order
