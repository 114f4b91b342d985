-- Grain: one row per sentence of the section on customers who leave.
--
-- place, position        where it stands, and in what order
-- word                   its key in the words file
-- step                   the table that its figures come from
-- customers              all
-- late, money, share     customers at risk, their revenue of the last 12 months, and its share of all of that
-- best, late_best        of class A: the same revenue, and how many customers are at risk
-- lost, lost_money       customers who are lost, and what they still brought in the last 12 months
-- newly, since           of these: became so since the day on which the last full period began
-- not_known, not_known_money  customers with too few orders to tell, and their revenue of the last 12 months
--
-- Parameters: $period_start.
with counted as (
    select
        sum(customers) as customers,
        coalesce(sum(customers) filter (where status = 'at_risk'), 0) as late,
        sum(revenue_at_risk) as money,
        sum(revenue_12m) as revenue_12m,
        coalesce(sum(revenue_at_risk) filter (where class = 'A'), sum(revenue_at_risk) - sum(revenue_at_risk)) as best,
        coalesce(sum(customers) filter (where class = 'A' and status = 'at_risk'), 0) as late_best,
        coalesce(sum(customers) filter (where status = 'lost'), 0) as lost,
        sum(case when status = 'lost' then revenue_12m else 0 end) as lost_money,
        coalesce(sum(customers) filter (where status = 'not_known'), 0) as not_known,
        sum(case when status = 'not_known' then revenue_12m else 0 end) as not_known_money
    from churn_summary
    having sum(customers) > 0
),

lately as (
    select count(*) as newly
    from churn
    where lost_on >= cast($period_start as date)
),

sentences (place, position, word) as (
    values
    ('answer', 1, 'churn.answer.some'),
    ('answer', 1, 'churn.answer.plain'),
    ('answer', 1, 'churn.answer.nobody'),
    ('note', 2, 'churn.best'),
    ('note', 3, 'churn.lost'),
    ('note', 3, 'churn.lost_before'),
    ('note', 4, 'churn.not_known')
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case when sentences.word in ('churn.lost', 'churn.lost_before') then 'churn' else 'churn_summary' end as step,
    counted.customers,
    counted.late,
    counted.money,
    case
        when counted.revenue_12m > 0 then cast(counted.money as double) / cast(counted.revenue_12m as double)
    end as share,
    counted.best,
    counted.late_best,
    counted.lost,
    counted.lost_money,
    lately.newly,
    cast($period_start as date) as since,
    counted.not_known,
    counted.not_known_money
from counted
cross join lately
cross join sentences
where
    case sentences.word
        when 'churn.answer.some' then counted.late > 0 and counted.revenue_12m > 0
        when 'churn.answer.plain' then counted.late > 0 and counted.revenue_12m <= 0
        when 'churn.answer.nobody' then counted.late = 0
        when 'churn.best' then counted.late_best > 0
        when 'churn.lost' then counted.lost > 0 and lately.newly > 0
        when 'churn.lost_before' then counted.lost > 0 and lately.newly = 0
        else counted.not_known > 0
    end
order by sentences.position
