-- Grain: one row per sentence on value after costs: how it changed, which costs are known, and what better retention
-- would bring.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- value, before    money: now, and one period earlier
-- since            the day of before
-- change, number, mean  by how much it changed; the parts of the number of customers and of the value of each
-- arrived, arrived_value, others  customers without a value before, their value, and the change of all others
-- known, margin    share of revenue at a margin from known costs; the stated margin
-- retention, higher  the yearly retention, and the higher one
-- worth, more, gain, gain_share  money of a customer at either, and by how much more for all
-- customers        with an order in the last year
--
-- Parameters: $previous_as_of, $margin.
-- $margin must be a number above 0 to 1
with sentences (place, position, word) as (
    values
    ('note', 1, 'equity.rose'),
    ('note', 1, 'equity.fell'),
    ('note', 1, 'equity.same'),
    ('note', 1, 'equity.number_rose'),
    ('note', 1, 'equity.number_fell'),
    ('note', 1, 'equity.mean_rose'),
    ('note', 1, 'equity.mean_fell'),
    ('note', 2, 'equity.arrived_others_rose'),
    ('note', 2, 'equity.arrived_others_fell'),
    ('note', 3, 'equity.costs_known'),
    ('note', 3, 'equity.costs_in_part'),
    ('note', 3, 'equity.costs_stated'),
    ('what_if', 4, 'equity.what_if'),
    ('what_if', 5, 'equity.what_if_published')
),

changed as (
    select
        equity.*,
        value - value_before as change,
        value - value_before - arrived_value as others
    from equity
),

scenarios as (
    select
        max(retention) filter (where scenario = 'now') as retention,
        max(retention) filter (where scenario = 'higher') as higher,
        max(value) filter (where scenario = 'now') as worth,
        max(value) filter (where scenario = 'higher') as more,
        max(gain) filter (where scenario = 'higher') as gain,
        cast(max(gain) filter (where scenario = 'higher') as double)
        / nullif(cast(max(total) filter (where scenario = 'now') as double), 0) as gain_share,
        max(customers) as customers
    from retention_what_if
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case when sentences.place = 'what_if' then 'retention_what_if' else 'equity' end as step,
    changed.value,
    changed.value_before as before,
    cast($previous_as_of as date) as since,
    changed.change,
    changed.from_number as number,
    changed.from_mean as mean,
    changed.arrived,
    changed.arrived_value,
    changed.others,
    changed.known_costs as known,
    cast($margin as double) as margin,
    scenarios.retention,
    scenarios.higher,
    scenarios.worth,
    scenarios.more,
    scenarios.gain,
    scenarios.gain_share,
    scenarios.customers
from sentences
cross join scenarios
inner join changed on true
where
    case sentences.word
        when 'equity.rose' then changed.change > 0
        when 'equity.fell' then changed.change < 0
        when 'equity.same' then changed.change = 0
        when 'equity.number_rose' then changed.change <> 0 and changed.from_number > 0
        when 'equity.number_fell' then changed.change <> 0 and changed.from_number < 0
        when 'equity.mean_rose' then changed.change <> 0 and changed.from_mean > 0
        when 'equity.mean_fell' then changed.change <> 0 and changed.from_mean < 0
        when 'equity.arrived_others_rose'
            then changed.value_before is not null and changed.arrived > 0 and changed.arrived_value >= 0 and changed.others >= 0
        when 'equity.arrived_others_fell'
            then changed.value_before is not null and changed.arrived > 0 and changed.arrived_value >= 0 and changed.others < 0
        -- As it is printed.
        when 'equity.costs_known' then changed.known_costs >= 0.9995
        when 'equity.costs_in_part' then changed.known_costs >= 0.0005 and changed.known_costs < 0.9995
        when 'equity.costs_stated' then changed.known_costs < 0.0005
        when 'equity.what_if' then scenarios.gain is not null
        when 'equity.what_if_published' then abs(scenarios.higher - scenarios.retention - 0.05) < 0.0005
    end
order by sentences.position
