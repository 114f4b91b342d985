-- Grain: one row per sentence of the section on the sales funnel.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- stage            the stage that the sentence is about; stage_from: the one before it
-- stage_from       key
-- customers        of whom the sentence speaks
-- of_customers     of how many
-- share            share
-- earlier          the same a year ago
-- points           share: their difference, without sign
-- per_visit        visits for each 300 calls
-- per_order        orders for each 300 calls
-- window_days      $funnel_days
-- cohort_days      $funnel_cohort_days
--
-- Parameters: $as_of, $funnel_days, $funnel_cohort_days, $least_customers.
with first_stage as (
    select stage, customers from funnel where stage_order = 1
),

ordered as (
    select customers, of_first, year_ago from funnel where stage = 'order'
),

-- The step at which the largest share stops.
steps as (
    select
        stage,
        lag(stage) over (order by stage_order) as stage_from,
        lag(customers) over (order by stage_order) as from_customers,
        customers,
        of_before
    from funnel
),

worst as (
    select stage, stage_from, customers, from_customers, of_before
    from steps
    where of_before is not null and from_customers >= cast($least_customers as bigint) and of_before < 1
    order by of_before, stage
    limit 1
),

people as (
    select
        count(*) as customers,
        count(*) filter (where existing) as existing,
        count(*) filter (where any_order is not null and ordered_on is null) as skipped
    from funnel_customers
),

young as (
    select count(distinct customer_id) as customers
    from funnel_contacts
    where stage_order = 1 and cast($as_of as date) - day < cast($funnel_days as bigint)
),

rates as (
    select
        max(per_300_calls) filter (where stage = 'visit') as per_visit,
        max(per_300_calls) filter (where stage = 'order') as per_order
    from funnel_benchmark
    having count(*) > 0
),

sentences as (
    select
        'answer' as place, 1 as position,
        case
            when ordered.customers = 0 then 'funnel.answer.none'
            when ordered.year_ago is null then 'funnel.answer.alone'
            when ordered.of_first > ordered.year_ago then 'funnel.answer.rose'
            when ordered.of_first < ordered.year_ago then 'funnel.answer.fell'
            else 'funnel.answer.same'
        end as word,
        'funnel' as step,
        first_stage.stage, cast(null as varchar) as stage_from,
        ordered.customers, first_stage.customers as of_customers, ordered.of_first as share, ordered.year_ago as earlier
    from first_stage
    cross join ordered
    union all
    select
        'note' as place, 2 as position, 'funnel.note.worst' as word, 'funnel' as step,
        stage, stage_from, customers, from_customers as of_customers, of_before as share, null as earlier
    from worst
    union all
    select
        'note' as place, 3 as position,
        'funnel.note.benchmark' as word,
        'funnel_benchmark' as step,
        null as stage, null as stage_from, null as customers, null as of_customers, null as share, null as earlier
    from rates
    union all
    select
        'note' as place, 4 as position, 'funnel.note.skipped' as word, 'funnel' as step,
        null as stage, null as stage_from, skipped as customers, customers as of_customers, null as share, null as earlier
    from people
    where skipped > 0
    union all
    select
        'note' as place, 4 as position, 'funnel.note.existing' as word, 'funnel' as step,
        null as stage, null as stage_from, existing as customers, customers as of_customers, null as share, null as earlier
    from people
    where existing > 0
    union all
    select
        'note' as place, 4 as position, 'funnel.note.young' as word, 'funnel' as step,
        null as stage, null as stage_from, young.customers, null as of_customers, null as share, null as earlier
    from young
    cross join people
    where young.customers > 0 and people.customers > 0
    union all
    select
        'left_out' as place, 7 as position, 'funnel.too_young' as word, 'funnel' as step,
        null as stage, null as stage_from, young.customers, null as of_customers, null as share, null as earlier
    from young
    cross join people
    where people.customers = 0
)

select
    sentences.place,
    cast(sentences.position as bigint) as position,
    sentences.word,
    sentences.step,
    sentences.stage,
    sentences.stage_from,
    cast(sentences.customers as bigint) as customers,
    cast(sentences.of_customers as bigint) as of_customers,
    sentences.share,
    sentences.earlier,
    abs(sentences.share - sentences.earlier) as points,
    rates.per_visit,
    rates.per_order,
    cast($funnel_days as bigint) as window_days,
    cast($funnel_cohort_days as bigint) as cohort_days
from sentences
left join rates on sentences.step = 'funnel_benchmark'
order by position, word
