-- Grain: one row per sentence of the section on what customers are worth.
--
-- place, position  where it stands, and in what order; sentences of one position make a paragraph
-- word             its key in the words file
-- step             the table that its figures come from
-- customers        with a prediction
-- value, low, high, days  as in value_lead
-- level            of 100 cases, those that are to lie within the range
-- repeat_customers, repeat_active, single_customers, single_active  as in value_summary, the chances as whole customers
-- all_customers, without  all, and those without a prediction
-- model, substitute  as in nobody_leaves
-- residual         money after the horizon
--
-- Parameters: none.
with sentences (place, position, word) as (
    values
    ('answer', 1, 'value.answer.no_prediction'),
    ('answer', 1, 'value.answer.after_costs'),
    ('answer', 1, 'value.answer.after_costs_by_model'),
    ('answer', 1, 'value.answer.after_costs_alone'),
    ('answer', 1, 'value.answer.before_costs'),
    ('answer', 1, 'value.answer.before_costs_by_model'),
    ('answer', 1, 'value.answer.before_costs_alone'),
    ('note', 2, 'value.active.repeat_only'),
    ('note', 2, 'value.active.single_unknown'),
    ('note', 2, 'value.active.both'),
    ('note', 3, 'value.no_dropout'),
    ('note', 4, 'value.no_dropout_means'),
    ('note', 5, 'value.without'),
    ('fits', 6, 'value.residual')
),

all_customers as (
    select count(*) as customers from customer_summary
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case when sentences.place = 'answer' then 'value_lead' else 'value_summary' end as step,
    value_summary.customers,
    value_lead.value,
    value_lead.low,
    value_lead.high,
    value_lead.days,
    cast(round(100 * value_lead.level) as bigint) as level,
    value_summary.repeat_customers,
    cast(round(value_summary.repeat_active) as bigint) as repeat_active,
    value_summary.single_customers,
    cast(round(value_summary.single_active) as bigint) as single_active,
    all_customers.customers as all_customers,
    all_customers.customers - value_summary.customers as without,
    nobody_leaves.model,
    nobody_leaves.substitute,
    value_summary.residual
from sentences
cross join all_customers
inner join value_summary on true
left join value_lead on true
left join nobody_leaves on true
where
    case sentences.word
        when 'value.answer.no_prediction' then value_summary.equity is null
        when 'value.answer.after_costs'
            then value_lead.after_costs and value_lead.windows is not null and value_lead.low is not null
        when 'value.answer.after_costs_by_model'
            then value_lead.after_costs and value_lead.windows is null and value_lead.low is not null
        when 'value.answer.after_costs_alone' then value_lead.after_costs and value_lead.low is null
        when 'value.answer.before_costs'
            then not value_lead.after_costs and value_lead.windows is not null and value_lead.low is not null
        when 'value.answer.before_costs_by_model'
            then not value_lead.after_costs and value_lead.windows is null and value_lead.low is not null
        when 'value.answer.before_costs_alone' then not value_lead.after_costs and value_lead.low is null
        -- Without dropout the chance is 1 for all, and a rule knows none.
        when 'value.active.repeat_only'
            then nobody_leaves.model is null and value_summary.repeat_active is not null and value_summary.single_customers = 0
        when 'value.active.single_unknown'
            then
                nobody_leaves.model is null
                and value_summary.repeat_active is not null
                and value_summary.single_customers > 0
                and value_summary.single_active is null
        when 'value.active.both'
            then nobody_leaves.model is null and value_summary.repeat_active is not null and value_summary.single_active is not null
        when 'value.no_dropout' then value_summary.equity is not null and nobody_leaves.model is not null
        when 'value.no_dropout_means' then value_summary.equity is not null and nobody_leaves.model is not null
        when 'value.without' then value_summary.customers > 0 and all_customers.customers > value_summary.customers
        -- Without dropout it would be a perpetuity, which is no forecast.
        when 'value.residual'
            then
                nobody_leaves.model is null
                and value_summary.equity is not null
                and value_summary.expected_active is not null
                and value_summary.residual is not null
    end
order by sentences.position
