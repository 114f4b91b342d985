-- Grain: one row per question with an answer in the last $satisfaction_days, the lowest rating first: each customer's
-- latest answer to it.
--
-- question         text
-- customers        who answered it
-- score, scale     mean score, and the top of its scale
-- scale_basis      set, learned (satisfaction_scales)
-- rating           score / scale
-- low, high        95 % interval of the rating: 1.96 standard errors; NULL of one customer
-- rating_before, customers_before   the same a year earlier, by the scale of today; NULL without an answer
-- change           rating less rating_before
-- benchmark        key of the figure that textbooks print, NULL without one
--
-- Parameters: $as_of, $satisfaction_days.
with windows as (
    select
        satisfaction_rated.*,
        s.years,
        row_number() over (
            partition by s.years, satisfaction_rated.question, satisfaction_rated.customer_id order by satisfaction_rated.day desc
        ) as newest
    from satisfaction_rated
    inner join (values (0), (1)) as s(years)
        on satisfaction_rated.day <= cast($as_of as date) - cast(365 * s.years as int)
        and satisfaction_rated.day > cast($as_of as date) - cast(365 * s.years as int) - cast($satisfaction_days as int)
),

measured as (
    select
        question,
        count(*) filter (where years = 0) as customers,
        avg(score) filter (where years = 0) as score,
        avg(rating) filter (where years = 0) as rating,
        var_samp(rating) filter (where years = 0) / nullif(count(*) filter (where years = 0), 0) as variance,
        count(*) filter (where years = 1) as customers_before,
        avg(rating) filter (where years = 1) as rating_before
    from windows
    where newest = 1
    group by question
)

select
    measured.question,
    measured.customers,
    measured.score,
    satisfaction_scales.scale,
    satisfaction_scales.basis as scale_basis,
    measured.rating,
    measured.rating - 1.96 * sqrt(measured.variance) as low,
    measured.rating + 1.96 * sqrt(measured.variance) as high,
    measured.customers_before,
    measured.rating_before,
    measured.rating - measured.rating_before as change,
    case when measured.question in ('satisfaction', 'loyalty', 'repurchase', 'recommend') then measured.question end as benchmark
from measured
inner join satisfaction_scales on measured.question = satisfaction_scales.question
where measured.customers > 0
order by measured.rating, measured.question
