-- Grain: one row per customer and day on which satisfaction can be told.
--
-- customer_id, day
-- experience, expectation  ratings, as shares of their scales; NULL where satisfaction was asked itself
-- satisfaction             experience / expectation; without one such pair in all surveys, the answer to the question
--                          satisfaction as a share of its scale
-- basis                    ratio, stated: the same in all rows
--
-- The expectation is that of the day of the experience, or the customer's last one before it. One of zero or less is
-- none.
--
-- Parameters: none.
with days as (
    select
        customer_id,
        day,
        max(rating) filter (where question = 'experience') as experience,
        max(rating) filter (where question = 'expectation' and rating > 0) as expectation,
        max(rating) filter (where question = 'satisfaction') as stated
    from satisfaction_rated
    where question in ('experience', 'expectation', 'satisfaction')
    group by customer_id, day
),

carried as (
    select
        customer_id,
        day,
        experience,
        last_value(expectation) ignore nulls over (
            partition by customer_id order by day rows between unbounded preceding and current row
        ) as expectation,
        stated
    from days
),

-- How often there is a pair: without one, the question satisfaction takes its place.
bases as (
    select count(*) filter (where experience is not null and expectation is not null) > 0 as is_ratio from carried
)

select
    carried.customer_id,
    carried.day,
    case when bases.is_ratio then carried.experience end as experience,
    case when bases.is_ratio then carried.expectation end as expectation,
    case when bases.is_ratio then carried.experience / carried.expectation else carried.stated end as satisfaction,
    case when bases.is_ratio then 'ratio' else 'stated' end as basis
from carried
cross join bases
where case when bases.is_ratio then carried.experience / carried.expectation else carried.stated end is not null
