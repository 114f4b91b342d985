-- Grain: one row per sentence of the section of findings: its answer, and one for each finding that is shown. At most five are,
-- those with the most money at stake first. What predicts, and whether to trust it, is always among them.
--
-- place, position  `answer` or `finding`, and in what order
-- word             the key of its sentence in the words file
-- step             the table that its figures come from
-- count, first     for the answer: how many are shown, and the rule of the first
-- rule             the rule that fired
-- section          the section that shows more; NULL for a module's own rule: the page goes by its step
-- value_as         how value and before are written: money, a share or a number
-- change_as        how change is written
-- name_as          how name is written: as it is, or the group of the words file that has it
-- change           without sign; for shares, the difference of the printed ones
-- substitute       for no_dropout: the model that predicts in place of the one named
-- days             for stray_orders: the days to the next order
-- value_share, before_share  value and before, for the words of your own rules with shares as values
-- growth       change as a share of before; NULL where that is not above zero
-- newest, newest_way   for forecasts: how far they were off in the newest window, and in which direction
-- All other columns are those of findings.
--
-- Parameters: none.
with readings (rule, value_as, name_as, section, always) as (
    values
    ('revenue_down', 'money', 'text', 'headline', false),
    ('revenue_up', 'money', 'text', 'headline', false),
    ('customers_down', 'number.0', 'text', 'headline', false),
    ('customers_up', 'number.0', 'text', 'headline', false),
    ('newcomers_down', 'number.0', 'text', 'headline', false),
    ('newcomers_up', 'number.0', 'text', 'headline', false),
    ('concentration_rose', 'share', 'text', 'concentration', false),
    ('concentration_fell', 'share', 'text', 'concentration', false),
    ('dependence_one', 'share', 'text', 'concentration', false),
    ('dependence_ten', 'share', 'text', 'concentration', false),
    ('valuable_late', 'share', 'text', 'churn', false),
    ('segment_drained', 'share', 'segments.name', 'migration', false),
    ('newcomers_weaker', 'share', 'text', 'cohorts', false),
    ('newcomers_stronger', 'share', 'text', 'cohorts', false),
    ('revenue_bridge', 'money', 'text', 'headline', false),
    ('revenue_bridge_up', 'money', 'text', 'headline', false),
    ('returns_rose', 'share', 'text', 'headline', false),
    ('returns_fell', 'share', 'text', 'headline', false),
    ('tier_diluted', 'share', 'membership.tier', 'membership', false),
    ('reviews_waiting', 'number', 'membership.tier', 'membership', false),
    ('set_aside', 'share', 'sources', 'method', false),
    ('check_failed', 'number', 'text', 'method', false),
    ('model_not_trusted', 'number', 'value.model', 'value', true),
    ('no_dropout', 'number', 'value.short', 'value', true),
    ('rule_predicts', 'number', 'value.contender', 'value', true),
    ('forecast_high', 'share', 'value.contender', 'value', true),
    ('forecast_low', 'share', 'value.contender', 'value', true),
    ('stray_orders', 'number', 'date', 'value', true)
),

-- A rule that is not among these is the user's own.
fired as (
    select
        findings.*,
        coalesce(readings.value_as, 'number') as value_as,
        coalesce(readings.name_as, 'text') as name_as,
        readings.section,
        coalesce(readings.always, false) as always
    from findings
    left join readings on findings.rule = readings.rule
    where findings.rule <> 'nothing_unusual'
),

ranked as (
    select
        *,
        row_number() over (partition by always order by money desc nulls last, rule, name) as rank,
        sum(case when always then 1 else 0 end) over () as always_shown
    from fired
),

placed as (
    select *, row_number() over (order by always, rank) as position
    from ranked
    where always or rank <= 5 - always_shown
),

shown as (
    select
        *,
        -- As readers see them: a share of one per cent or more has one place, a smaller one two.
        case
            when value_as <> 'share' then value
            when abs(value) < 0.01 then round(value, 4)
            else round(value, 3)
        end as value_printed,
        case
            when value_as <> 'share' then before
            when abs(before) < 0.01 then round(before, 4)
            else round(before, 3)
        end as before_printed
    from placed
    where position <= 5
),

counted as (
    select count(*) as findings from shown
)

select
    'answer' as place,
    0 as position,
    case
        when counted.findings = 0 then 'findings.nothing'
        when shown.money is null then 'findings.answer.plain'
        else 'findings.answer.money'
    end as word,
    'findings' as step,
    counted.findings as "count",
    shown.rule as "first",
    null as rule,
    null as section,
    shown.money,
    null as value,
    null as before,
    null as change,
    null as value_as,
    null as change_as,
    null as customers,
    null as of_customers,
    null as name,
    null as name_as,
    null as substitute,
    null as days,
    null as value_share,
    null as before_share,
    null as growth,
    null as newest,
    null as newest_way
from counted
left join shown on shown.position = 1
union all
select
    'finding' as place,
    cast(position as bigint) as position,
    concat('findings.rules.', rule, '.text') as word,
    coalesce(step, 'findings') as step,
    null as "count",
    null as "first",
    rule,
    section,
    money,
    value,
    before,
    abs(case when value_as = 'share' then coalesce(value_printed - before_printed, change) else change end) as change,
    value_as,
    case value_as when 'share' then 'points' else value_as end as change_as,
    customers,
    of_customers,
    name,
    name_as,
    case when rule = 'no_dropout' then 'nbd' end as substitute,
    case when rule = 'stray_orders' then cast(value as bigint) end as days,
    value as value_share,
    before as before_share,
    case when before > 0 then abs(cast(change as double)) / cast(before as double) end as growth,
    case when rule in ('forecast_high', 'forecast_low') then before end as newest,
    case when rule in ('forecast_high', 'forecast_low') then case when before < 0 then 'fewer' else 'more' end end as newest_way
from shown
order by position
