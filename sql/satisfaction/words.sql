-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- customers, days         with an answer, within how many days; of unpaired, those without an expectation
-- satisfaction, low, high, before, change   satisfaction
-- answered, buyers, share, revenue_share, silent, mean_answered, mean_silent   satisfaction_answered
-- band_from, band_below, again_days, bands, least   satisfaction_bands: the knee with the most errors; how many bands have
--                         $least_customers or more
-- question, questions, rating   satisfaction_dimensions: the lowest, of how many with $least_customers or more; the
--                         expectation is no rating of the shop
--
-- Parameters: $satisfaction_days, $satisfaction_again_days, $least_customers.
-- $least_customers must be a whole number of 1 or more
with sentences (place, position, word) as (
    values
    ('left_out', 1, 'satisfaction.none'),
    ('answer', 1, 'satisfaction.answer.few'),
    ('answer', 1, 'satisfaction.answer.ratio'),
    ('answer', 1, 'satisfaction.answer.stated'),
    ('answer', 1, 'satisfaction.answer.up'),
    ('answer', 1, 'satisfaction.answer.down'),
    ('answer', 1, 'satisfaction.answer.chance'),
    ('note', 2, 'satisfaction.note.lowest'),
    ('note', 3, 'satisfaction.note.knee_steeper'),
    ('note', 3, 'satisfaction.note.knee_flatter'),
    ('note', 3, 'satisfaction.note.no_knee'),
    ('note', 3, 'satisfaction.note.few_bands'),
    ('note', 4, 'satisfaction.note.answered'),
    ('note', 4, 'satisfaction.note.answered_means'),
    ('note', 5, 'satisfaction.note.unpaired')
),

measured as (
    select
        coalesce(max(customers), 0) as customers,
        max(basis) as basis,
        max(satisfaction) as satisfaction,
        max(low) as low,
        max(high) as high,
        coalesce(max(customers_before), 0) as customers_before,
        max(before) as before,
        max(change) as change,
        max(change_low) as change_low,
        max(change_high) as change_high,
        coalesce(max(unpaired), 0) as unpaired
    from satisfaction
),

knees as (
    select band_from, band_below, bend
    from satisfaction_bands
    where is_knee
    order by abs(bend_errors) desc, band_from
    limit 1
),

bands as (
    select count(*) filter (where customers >= $least_customers) as bands from satisfaction_bands
),

spoken as (
    select
        max(customers) filter (where standing = 'answered') as answered,
        max(customers) filter (where standing = 'silent') as silent,
        max(customer_share) filter (where standing = 'answered') as share,
        max(revenue_share) filter (where standing = 'answered') as revenue_share,
        max(mean_revenue) filter (where standing = 'answered') as mean_answered,
        max(mean_revenue) filter (where standing = 'silent') as mean_silent
    from satisfaction_answered
),

lowest as (
    select question, rating
    from satisfaction_dimensions
    where customers >= $least_customers and question <> 'expectation'
    order by rating, question
    limit 1
),

questions as (
    select count(*) filter (where customers >= $least_customers and question <> 'expectation') as questions
    from satisfaction_dimensions
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when sentences.word = 'satisfaction.note.lowest' then 'satisfaction_dimensions'
        when sentences.position = 3 then 'satisfaction_bands'
        when sentences.position = 4 then 'satisfaction_answered'
        else 'satisfaction'
    end as step,
    case when sentences.word = 'satisfaction.note.unpaired' then measured.unpaired else measured.customers end as customers,
    cast($satisfaction_days as bigint) as days,
    measured.satisfaction,
    measured.low,
    measured.high,
    measured.before,
    measured.change,
    spoken.answered,
    spoken.answered + spoken.silent as buyers,
    spoken.share,
    spoken.revenue_share,
    spoken.silent,
    spoken.mean_answered,
    spoken.mean_silent,
    knees.band_from,
    knees.band_below,
    cast($satisfaction_again_days as bigint) as again_days,
    bands.bands,
    cast($least_customers as bigint) as least,
    lowest.question,
    questions.questions,
    lowest.rating
from sentences
cross join measured
cross join bands
cross join spoken
cross join questions
left join knees on true
left join lowest on true
where
    case sentences.word
        when 'satisfaction.none' then measured.customers = 0
        when 'satisfaction.answer.few' then measured.customers between 1 and $least_customers - 1
        when 'satisfaction.answer.ratio' then measured.customers >= $least_customers and measured.customers > 1 and measured.basis = 'ratio'
        when 'satisfaction.answer.stated' then measured.customers >= $least_customers and measured.customers > 1 and measured.basis = 'stated'
        when 'satisfaction.answer.up'
            then measured.customers >= $least_customers and measured.customers_before >= $least_customers and measured.change_low > 0
        when 'satisfaction.answer.down'
            then measured.customers >= $least_customers and measured.customers_before >= $least_customers and measured.change_high < 0
        when 'satisfaction.answer.chance'
            then measured.customers >= $least_customers and measured.customers_before >= $least_customers
                and measured.change_low <= 0 and measured.change_high >= 0
        when 'satisfaction.note.lowest' then questions.questions >= 2
        when 'satisfaction.note.knee_steeper' then knees.bend > 0
        when 'satisfaction.note.knee_flatter' then knees.bend < 0
        when 'satisfaction.note.no_knee' then bands.bands >= 3 and knees.bend is null
        when 'satisfaction.note.few_bands' then bands.bands < 3 and measured.customers > 0
        when 'satisfaction.note.answered' then measured.customers > 0 and spoken.answered > 0 and spoken.silent > 0
            and spoken.revenue_share is not null
        when 'satisfaction.note.answered_means' then measured.customers > 0 and spoken.answered >= $least_customers
            and spoken.silent >= $least_customers
        when 'satisfaction.note.unpaired' then measured.unpaired > 0
    end
order by
    sentences.position,
    sentences.word in ('satisfaction.answer.up', 'satisfaction.answer.down', 'satisfaction.answer.chance', 'satisfaction.note.answered_means'),
    sentences.word
