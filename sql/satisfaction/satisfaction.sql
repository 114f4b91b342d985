-- Grain: one row; none where nobody ever said how satisfied they are. Satisfaction of customers by their latest answer
-- of the last $satisfaction_days, and of as many days a year earlier.
--
-- basis                 ratio: experience / expectation; stated: the question satisfaction, as a share of its scale
-- customers             with an answer
-- satisfaction          mean of theirs; NULL without one
-- low, high             95 % interval of the mean: 1.96 standard errors; NULL of one customer
-- experience, expectation  means of the same answers; NULL where stated
-- content, content_share   customers with satisfaction as in satisfaction_customers.content, and their share
-- customers_before, before   the same a year earlier: by the surveys up to that day, with the scales of today
-- change                satisfaction less before
-- change_low, change_high  95 % interval of the change; the two years as if they were different customers, which
--                       makes it rather too wide
-- unpaired              of the customers who rated an experience in these days, those who never said what they expected
--
-- Parameters: $as_of, $satisfaction_days, $satisfaction_content.
with windows as (
    select
        satisfaction_scored.*,
        s.years,
        row_number() over (partition by s.years, satisfaction_scored.customer_id order by satisfaction_scored.day desc) as newest
    from satisfaction_scored
    inner join (values (0), (1)) as s(years)
        on satisfaction_scored.day <= cast($as_of as date) - cast(365 * s.years as int)
        and satisfaction_scored.day > cast($as_of as date) - cast(365 * s.years as int) - cast($satisfaction_days as int)
),

measured as (
    select
        years,
        count(*) as customers,
        avg(satisfaction) as satisfaction,
        var_samp(satisfaction) / count(*) as variance,
        avg(experience) as experience,
        avg(expectation) as expectation,
        count(*) filter (
            where satisfaction >= case when basis = 'ratio' then 1 else cast($satisfaction_content as double) end - 0.000000001
        ) as content
    from windows
    where newest = 1
    group by years
),

bases as (
    select max(basis) as basis from satisfaction_scored
),

raters as (
    select count(distinct satisfaction_rated.customer_id) as customers
    from satisfaction_rated
    left join (
        select distinct customer_id from satisfaction_scored
        where day <= $as_of and day > cast($as_of as date) - cast($satisfaction_days as int)
    ) as scored on satisfaction_rated.customer_id = scored.customer_id
    where
        satisfaction_rated.question = 'experience'
        and satisfaction_rated.day > cast($as_of as date) - cast($satisfaction_days as int)
        and scored.customer_id is null
)

select
    bases.basis,
    coalesce(now.customers, 0) as customers,
    now.satisfaction,
    now.satisfaction - 1.96 * sqrt(now.variance) as low,
    now.satisfaction + 1.96 * sqrt(now.variance) as high,
    now.experience,
    now.expectation,
    coalesce(now.content, 0) as content,
    cast(now.content as double) / now.customers as content_share,
    coalesce(earlier.customers, 0) as customers_before,
    earlier.satisfaction as before,
    now.satisfaction - earlier.satisfaction as change,
    now.satisfaction - earlier.satisfaction - 1.96 * sqrt(now.variance + earlier.variance) as change_low,
    now.satisfaction - earlier.satisfaction + 1.96 * sqrt(now.variance + earlier.variance) as change_high,
    case when bases.basis = 'ratio' then raters.customers else 0 end as unpaired
from bases
cross join raters
left join (select * from measured where years = 0) as now on true
left join (select * from measured where years = 1) as earlier on true
where bases.basis is not null
