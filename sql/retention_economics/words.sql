-- Grain: one row per sentence of the section.
--
-- place, position, word, step  where it stands, its key, the table that its figures come from
-- retention, higher, gain, gain_share, customers   retention_what_if
-- rate                         $discount_rate
-- low, high                    retention_economics_formula: the least and the most gain at a retention from 70 to 95 %
-- least                        the least at a retention from 10 to 95 %
-- active, mean_active, replacement, cost_of_one, lost, before, now, value_lost, mean_lost   retention_economics_lost
-- margin, years, worth         retention_what_if as it is now: margin of a year of a customer, years of stay, and their product
-- winning, newcomers, keeping, kept, times   retention_economics_costs: cost of each, and how many; winning / keeping
--
-- Parameters: $discount_rate.
-- $discount_rate must be a number from 0 to 1
with sentences (place, position, word) as (
    values
    ('answer', 1, 'retention_economics.answer.five'),
    ('answer', 1, 'retention_economics.answer.fewer'),
    ('answer', 1, 'retention_economics.answer.short'),
    ('note', 2, 'retention_economics.note.out_of_reach'),
    ('note', 2, 'retention_economics.note.in_reach'),
    ('note', 2, 'retention_economics.note.no_limit'),
    ('note', 2, 'retention_economics.note.duration'),
    ('note', 3, 'retention_economics.note.cost_of_one'),
    ('note', 3, 'retention_economics.note.cost_of_value'),
    ('note', 3, 'retention_economics.note.lost'),
    ('note', 3, 'retention_economics.note.nobody_lost'),
    ('note', 4, 'retention_economics.note.costs'),
    ('note', 4, 'retention_economics.note.keeping')
),

scenarios as (
    select
        max(retention) filter (where scenario = 'now') as retention,
        max(retention) filter (where scenario = 'higher') as higher,
        max(gain) filter (where scenario = 'higher') as gain,
        cast(max(gain) filter (where scenario = 'higher') as double)
        / nullif(cast(max(total) filter (where scenario = 'now') as double), 0) as gain_share,
        max(customers) as customers,
        max(margin) filter (where scenario = 'now') as margin,
        max(years) filter (where scenario = 'now') as years,
        max(duration_value) filter (where scenario = 'now') as worth
    from retention_what_if
),

-- The gain is least at r = (0.95 + d) / 2, where it is ((r + 0.05) / r)^2 - 1. Most it is at an end.
turn as (
    select
        (0.95 + cast($discount_rate as double)) / 2 as retention,
        power(((0.95 + cast($discount_rate as double)) / 2 + 0.05) / ((0.95 + cast($discount_rate as double)) / 2), 2) - 1 as gain
),

formula as (
    select
        least(
            min(steps.gain) filter (where steps.retention >= 0.6999),
            max(turn.gain) filter (where turn.retention between 0.7 and 0.95)
        ) as low,
        max(steps.gain) filter (where steps.retention >= 0.6999) as high,
        least(min(steps.gain), max(turn.gain) filter (where turn.retention <= 0.95)) as least,
        max(steps.gain) as most,
        count(*) - count(steps.gain) as infinite
    from retention_economics_formula as steps
    cross join turn
),

costs as (
    select
        max(each) filter (where activity = 'winning') as winning,
        max(customers) filter (where activity = 'winning') as newcomers,
        max(each) filter (where activity = 'keeping') as keeping,
        max(customers) filter (where activity = 'keeping') as kept
    from retention_economics_costs
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when sentences.word = 'retention_economics.note.duration' then 'retention_what_if'
        when sentences.position = 1 then 'retention_what_if'
        when sentences.position = 2 then 'retention_economics_formula'
        when sentences.position = 3 then 'retention_economics_lost'
        else 'retention_economics_costs'
    end as step,
    scenarios.retention,
    scenarios.higher,
    scenarios.gain,
    scenarios.gain_share,
    scenarios.customers,
    scenarios.margin,
    scenarios.years,
    scenarios.worth,
    cast($discount_rate as double) as rate,
    formula.low,
    formula.high,
    formula.least,
    retention_economics_lost.active,
    retention_economics_lost.mean_active,
    retention_economics_lost.replacement,
    retention_economics_lost.cost_of_one,
    retention_economics_lost.customers as lost,
    retention_economics_lost.value_before as before,
    retention_economics_lost.value as now,
    retention_economics_lost.value_lost,
    retention_economics_lost.mean_lost,
    costs.winning,
    costs.newcomers,
    costs.keeping,
    costs.kept,
    cast(costs.winning as double) / nullif(cast(costs.keeping as double), 0) as times
from sentences
cross join scenarios
cross join formula
cross join retention_economics_lost
cross join costs
where
    case sentences.word
        when 'retention_economics.answer.five' then abs(scenarios.higher - scenarios.retention - 0.05) < 0.0005
            and scenarios.gain_share is not null
        -- Above 90 %, five points more are not to be had: half of the way to all.
        when 'retention_economics.answer.fewer' then abs(scenarios.higher - scenarios.retention - 0.05) >= 0.0005
            and scenarios.gain_share is not null
        when 'retention_economics.answer.short' then scenarios.gain_share is null
        when 'retention_economics.note.duration' then scenarios.worth > 0
        when 'retention_economics.note.no_limit' then formula.infinite > 0
        when 'retention_economics.note.out_of_reach' then formula.infinite = 0 and formula.most < 0.85
        when 'retention_economics.note.in_reach' then formula.infinite = 0 and formula.most >= 0.85
        when 'retention_economics.note.nobody_lost' then retention_economics_lost.customers = 0
        when 'retention_economics.note.lost' then retention_economics_lost.customers > 0 and retention_economics_lost.value_lost > 0
        when 'retention_economics.note.cost_of_one' then retention_economics_lost.cost_of_one is not null
        when 'retention_economics.note.cost_of_value' then retention_economics_lost.cost_of_one is null
            and retention_economics_lost.mean_active is not null
        when 'retention_economics.note.costs' then costs.winning is not null and costs.keeping > 0
        when 'retention_economics.note.keeping' then costs.winning is null and costs.keeping is not null
    end
order by
    sentences.position,
    sentences.word in ('retention_economics.note.lost', 'retention_economics.note.nobody_lost'),
    sentences.word
