-- Grain: one row per indicator of the last full period, in the order of the page.
--
-- indicator         key
-- position          its place in the list
-- unit              share, count, days, money or number.2: how value, before and year_ago are written
-- numerator         decimal: what is divided, of the period
-- numerator_unit    count, money or days
-- denominator       decimal: by what; NULL of a plain count
-- denominator_unit  likewise
-- value             numerator / denominator; NULL where the denominator is not above zero, or history is too short to tell
-- before            the same of the period before; NULL likewise
-- year_ago          the same a year ago; NULL likewise
-- change            value less before; NULL where one of them is
-- year_change       value less year_ago; likewise
-- benchmark         key of the rule of thumb; NULL: there is none
-- benchmark_low, benchmark_high  the rule of thumb; both ends are the same where it is one figure
--
-- Parameters: none.
with listed (indicator, unit, numerator_unit, denominator_unit, benchmark, benchmark_low, benchmark_high) as (
    values
    ('new_customers', 'share', 'count', 'count', null, null, null),
    ('lost_customers', 'share', 'count', 'count', null, null, null),
    ('upgraded_customers', 'share', 'count', 'count', null, null, null),
    ('downgraded_customers', 'share', 'count', 'count', null, null, null),
    ('upgraded_cards', 'share', 'count', 'count', null, null, null),
    ('acquisition_rate', 'share', 'count', 'count', null, null, null),
    ('retention_rate', 'share', 'count', 'count', null, null, null),
    ('repurchase_rate', 'share', 'count', 'count', null, null, null),
    ('reactivation_rate', 'share', 'count', 'count', null, null, null),
    ('repeat_sales_share', 'share', 'money', 'money', 'repeat_sales', 0.65, 0.65),
    ('repeat_profit_share', 'share', 'money', 'money', 'repeat_profit', 0.50, 0.80),
    ('loyal_share', 'share', 'money', 'money', null, null, null),
    ('active_customers', 'count', 'count', 'count', null, null, null),
    ('mean_tenure', 'days', 'days', 'count', null, null, null),
    ('spend_a_customer', 'money', 'money', 'count', null, null, null),
    ('categories_a_customer', 'number.2', 'count', 'count', null, null, null),
    ('profit_a_customer', 'money', 'money', 'count', null, null, null)
),

times as (
    select 'now' as time, indicator, position, numerator, denominator, known from indicators_measured
    union all
    select 'now' as time, indicator, position, numerator, denominator, known from indicators_more
    union all
    select 'before' as time, earlier.indicator, earlier.position, earlier.numerator, earlier.denominator, earlier.known
    from previous.indicators_measured as earlier
    cross join periods
    where periods.before_reached and earlier.comparable
    union all
    select 'year_ago' as time, earlier.indicator, earlier.position, earlier.numerator, earlier.denominator, earlier.known
    from year_ago.indicators_measured as earlier
    cross join periods
    where periods.year_ago_reached and earlier.comparable
),

divided as (
    select
        time,
        indicator,
        position,
        numerator,
        denominator,
        case
            -- The headline has this one however short history is.
            when not known and not (time = 'now' and indicator = 'repurchase_rate') then null
            when indicator = 'active_customers' then numerator
            when denominator > 0 then cast(numerator / denominator as decimal(38, 6))
        end as value
    from times
),

placed as (
    select
        indicator,
        max(position) as position,
        max(numerator) filter (where time = 'now') as numerator,
        max(denominator) filter (where time = 'now') as denominator,
        max(value) filter (where time = 'now') as value,
        max(value) filter (where time = 'before') as before,
        max(value) filter (where time = 'year_ago') as year_ago
    from divided
    group by indicator
)

select
    placed.indicator,
    placed.position,
    listed.unit,
    placed.numerator,
    listed.numerator_unit,
    placed.denominator,
    listed.denominator_unit,
    placed.value,
    placed.before,
    placed.year_ago,
    placed.value - placed.before as change,
    placed.value - placed.year_ago as year_change,
    listed.benchmark,
    cast(listed.benchmark_low as double) as benchmark_low,
    cast(listed.benchmark_high as double) as benchmark_high
from placed
inner join listed on placed.indicator = listed.indicator
order by placed.position
