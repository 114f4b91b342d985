-- Grain: one row per line of the picture and age: the average of all cohorts, and the newest cohort beside those half a year and a
-- year before it. Eight cohorts, one line each, could not be told apart.
--
-- line                average, or the first day of a cohort's month
-- line_as             how the page writes it
-- age                 months since the first order; months that are not over would bend a line down
-- cumulative_revenue  money per customer so far. Of the average the sum of what a customer brought at each age, of the cohorts
--                     with that age over, three at least beyond the first month
--
-- The newest is the newest with month 3 over, of 30 customers or more if there is one; of a young business, with month 1 over: the
-- cohort that the sentence of cohorts_words speaks of.
--
-- Parameters: none.
with complete as (
    select cohort, age, size, revenue, cumulative_revenue from cohorts where complete
),

chosen as (
    select
        case
            when count(*) filter (where age = 3) > 0 then 3
            when count(*) filter (where age = 1) > 0 then 1
        end as age
    from complete
),

newest as (
    select coalesce(max(complete.cohort) filter (where complete.size >= 30), max(complete.cohort)) as cohort
    from complete
    inner join chosen on complete.age = chosen.age
),

ages as (
    select
        age,
        count(*) as cohorts,
        cast(cast(sum(revenue) as decimal(38, 6)) / nullif(sum(size), 0) as decimal(38, 6)) as revenue
    from complete
    group by age
),

averaged as (
    select age, cohorts, sum(revenue) over (order by age) as cumulative_revenue from ages
),

lines as (
    select
        1 as position,
        'average' as line,
        'cohorts.line' as line_as,
        averaged.age,
        averaged.cumulative_revenue
    from averaged
    cross join chosen
    where averaged.age <= 1 or averaged.cohorts >= 3
    union all
    select
        2 as position,
        cast(complete.cohort as varchar) as line,
        'month' as line_as,
        complete.age,
        complete.cumulative_revenue
    from complete
    cross join newest
    where complete.cohort in (newest.cohort, newest.cohort - interval '6 months', newest.cohort - interval '12 months')
)

select lines.line, lines.line_as, lines.age, lines.cumulative_revenue
from lines
cross join newest
where newest.cohort is not null
order by lines.position, lines.line, lines.age
