-- Grain: one row per measure of concentration.
--
-- measure        top20, vip (the best 5 %), for80 (those who bring 80 %), gini, hhi, top1, top5, top10
-- measured       double; NULL where revenue is not above zero in total
-- unit           how it is written: share, or a number with so many decimals
-- rule_of_thumb  the measure with the rule of thumb that it is often compared with; NULL where there is none
--
-- Parameters: none.
with measures (measure, position, unit) as (
    values
    ('top20', 1, 'share'),
    ('vip', 2, 'share'),
    ('for80', 3, 'share'),
    ('gini', 4, 'number.3'),
    ('hhi', 5, 'number.4'),
    ('top1', 6, 'share'),
    ('top5', 7, 'share'),
    ('top10', 8, 'share')
),

-- Read off the curve: it has a point for each percentage point of customers.
best as (
    select max(revenue_share) as vip_share from lorenz where customer_share > 0.049 and customer_share < 0.051
)

select
    measures.measure,
    case measures.measure
        when 'top20' then concentration.top20_share
        when 'vip' then best.vip_share
        when 'for80' then concentration.customers_for_80_share
        when 'gini' then concentration.gini
        when 'hhi' then concentration.hhi
        when 'top1' then concentration.top1_share
        when 'top5' then concentration.top5_share
        else concentration.top10_share
    end as measured,
    measures.unit,
    case when measures.measure in ('top20', 'for80') then measures.measure end as rule_of_thumb
from concentration
cross join measures
cross join best
order by measures.position
