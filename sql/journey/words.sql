-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- leads, customers, rate       people with a lead, of these with an order, and the share
-- from_step, to_step           the step up to customer that loses most people, by number
-- left, lost_share             how many did not go on there, and their share of who came so far
-- days, within                 days from the lead to the order, the median; and people whose months are over
-- asked, satisfied             customers with an answer, and of these the satisfied
--
-- Parameters: $journey_days.
with whole as (
    select
        max(people) filter (where step = 'lead') as leads,
        max(people) filter (where step = 'customer') as customers
    from journey
),

widest as (
    select
        earlier.step as from_step,
        later.step as to_step,
        earlier.people - later.people as remained,
        earlier.people
    from journey as later
    inner join journey as earlier on later.step_order = earlier.step_order + 1
    where later.step_order <= 3 and earlier.people > later.people
    order by remained desc, later.step_order
    limit 1
),

waits as (
    select percentile(distribution(ordered_on - first_day), 0.5) as days, count(*) as people
    from journey_people
    where ordered_on is not null
),

asked as (
    select sum(asked) as asked, sum(satisfied) as satisfied from journey_asked having sum(asked) > 0
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case when customers = 0 then 'journey.answer.none' else 'journey.answer.some' end as word,
        'journey' as step,
        leads,
        customers,
        cast(customers as double) / cast(leads as double) as rate,
        cast(null as varchar) as from_step,
        cast(null as varchar) as to_step,
        cast(null as bigint) as remained,
        cast(null as double) as days
    from whole
    where leads > 0
    union all
    select
        'note', 2, 'journey.note.widest', 'journey', people, null,
        cast(remained as double) / cast(people as double), from_step, to_step, remained, null
    from widest
    union all
    select 'note', 3, 'journey.note.days', 'journey_people', null, people, null, null, null, null, days
    from waits
    where people > 0
    union all
    select
        'note', 4, 'journey.note.satisfied', 'journey_asked', asked, satisfied,
        cast(satisfied as double) / cast(asked as double), null, null, null, null
    from asked
    union all
    select 'note', 5, 'journey.note.published', 'journey', null, null, null, null, null, null, null
    from whole
    where leads > 0
    union all
    select 'left_out', 1, 'journey.none', 'journey', null, null, null, null, null, null, null
    where (select count(*) from whole where leads > 0) = 0
)

select
    place,
    cast(position as bigint) as position,
    word,
    step,
    leads,
    customers,
    rate,
    from_step,
    to_step,
    remained,
    days,
    cast($journey_days as bigint) as within
from sentences
order by position
