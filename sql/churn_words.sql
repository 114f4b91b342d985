-- Grain: one row per sentence of the section on customers who leave.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- customers        all
-- late, share      of these: at risk or lost, and their share of all
-- money            their revenue at risk
-- best, late_best  revenue at risk of class A, and how many of its customers are at risk or lost
--
-- Parameters: none.
with counted as (
    select
        sum(customers) as customers,
        coalesce(sum(customers) filter (where status in ('at_risk', 'lost')), 0) as late,
        sum(revenue_at_risk) as money,
        coalesce(sum(revenue_at_risk) filter (where class = 'A'), sum(revenue_at_risk) - sum(revenue_at_risk)) as best,
        coalesce(sum(customers) filter (where class = 'A' and status in ('at_risk', 'lost')), 0) as late_best
    from churn_summary
    having count(*) > 0
),

sentences (place, position, word) as (
    values
    ('answer', 1, 'churn.answer'),
    ('note', 2, 'churn.best')
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    'churn_summary' as step,
    counted.customers,
    counted.late,
    case
        when counted.customers > 0 then cast(counted.late as double) / cast(counted.customers as double)
        else cast(0 as double)
    end as share,
    counted.money,
    counted.best,
    counted.late_best
from counted
cross join sentences
order by sentences.position
