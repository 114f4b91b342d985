-- Grain: one row, a note of the section on loyalty: what customers said beside what they did; by the question repurchase, or the
-- first there is. None without an answer.
--
-- question, again_days
-- yes, kept, yes_rate   said they would; of these, bought again; their share
-- no, no_rate           said they would not
--
-- Parameters: $satisfaction_again_days, $least_customers.
-- $least_customers must be a whole number of 1 or more
with asked as (
    select question
    from loyalty_stated
    group by question
    order by case question when 'repurchase' then 1 when 'loyalty' then 2 else 3 end
    limit 1
),

said as (
    select
        loyalty_stated.question,
        coalesce(max(customers) filter (where said = 'yes'), 0) as yes,
        coalesce(max(again) filter (where said = 'yes'), 0) as kept,
        max(rate) filter (where said = 'yes') as yes_rate,
        max(low) filter (where said = 'yes') as yes_low,
        max(high) filter (where said = 'yes') as yes_high,
        coalesce(max(customers) filter (where said = 'no'), 0) as no,
        max(rate) filter (where said = 'no') as no_rate,
        max(low) filter (where said = 'no') as no_low,
        max(high) filter (where said = 'no') as no_high
    from loyalty_stated
    inner join asked on loyalty_stated.question = asked.question
    group by loyalty_stated.question
)

select
    'note' as place,
    cast(6 as bigint) as position,
    case
        when yes < $least_customers then 'loyalty.stated.few'
        when no < $least_customers then 'loyalty.stated.yes'
        -- Newcombe's interval of the difference leaves zero out.
        when yes_rate - no_rate - sqrt(power(yes_rate - yes_low, 2) + power(no_high - no_rate, 2)) > 0 then 'loyalty.stated.more'
        when yes_rate - no_rate + sqrt(power(yes_high - yes_rate, 2) + power(no_rate - no_low, 2)) < 0 then 'loyalty.stated.less'
        else 'loyalty.stated.chance'
    end as word,
    'loyalty_stated' as step,
    question,
    cast($satisfaction_again_days as bigint) as again_days,
    yes,
    kept,
    yes_rate,
    no,
    no_rate
from said
