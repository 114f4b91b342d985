-- Grain: one row per customer who said within the last $satisfaction_days how satisfied they are, the least satisfied
-- first: the latest answer of each.
--
-- customer_id, day          text, day of that answer
-- experience, expectation   shares of their scales; NULL where satisfaction was asked itself
-- satisfaction              satisfaction_scored
-- content                   flag: an experience as expected or better; where satisfaction was asked itself, a share of
--                           the scale of $satisfaction_content or more
-- revenue_12m               money; NULL of customers without a transaction
--
-- Parameters: $as_of, $satisfaction_days, $satisfaction_content.
with latest as (
    select
        *,
        row_number() over (partition by customer_id order by day desc) as newest
    from satisfaction_scored
    where day <= $as_of and day > cast($as_of as date) - cast($satisfaction_days as int)
)

select
    latest.customer_id,
    latest.day,
    latest.experience,
    latest.expectation,
    latest.satisfaction,
    -- Doubles: 0.7 / 0.7 is 1, 0.9 / (9 / 10) may be a hair below.
    latest.satisfaction >= case when latest.basis = 'ratio' then 1 else cast($satisfaction_content as double) end - 0.000000001
        as content,
    customer_summary.revenue_12m
from latest
left join customer_summary on latest.customer_id = customer_summary.customer_id
where latest.newest = 1
order by latest.satisfaction, latest.customer_id
