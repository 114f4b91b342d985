-- Grain: one row per condition of a group of the tree: a sentence. A group is described by all of its conditions
-- together.
--
-- leaf           number of the group
-- position       order of the condition in the group's rule
-- word           the sentence's key
-- feature        what the condition is about
-- unknown        the same where it is unknown
-- above          double: values above this pass; NULL where all do
-- above_unit     how it is written
-- at_most        double: values up to this pass; NULL where all do
-- at_most_unit   how it is written
--
-- A rule is read as the model writes it: `recency_days` above 30.5 and at most 60 or missing and `lateness` missing.
-- If nobody lacked the value, it says (or missing): that branch is of no interest here.
--
-- Parameters: none.
with marked as (
    select
        leaf,
        -- Before each condition a mark, and another one between the feature and what is asked of it.
        regexp_replace(
            rule,
            concat(
                '`((?:[^`]|``)+)` ',
                '(missing|(?:present|above [^ ]+ and at most [^ ]+|above [^ ]+|at most [^ ]+)',
                '(?: or missing| \(or missing\))?)',
                '(?: and |$)'
            ),
            concat(chr(30), '\1', chr(31), '\2'),
            'g'
        ) as rule
    from churn_groups_fit
    cross join warning_sound
    where rule is not null
),

numbered as (
    select
        leaf,
        rule,
        unnest(range(1, character_length(rule) - character_length(replace(rule, chr(30), '')) + 1)) as position
    from marked
),

pieces as (
    select leaf, position, split_part(rule, chr(30), cast(position + 1 as bigint)) as piece
    from numbered
),

conditions as (
    select
        leaf,
        position,
        replace(split_part(piece, chr(31), 1), '``', '`') as feature,
        split_part(piece, chr(31), 2) as asked
    from pieces
),

bounds as (
    select
        leaf,
        position,
        feature,
        asked = 'missing' as only_unknown,
        asked like '% or missing' as or_unknown,
        try_cast(regexp_match(asked, 'above ([^ ]+)')[1] as double) as above,
        try_cast(regexp_match(asked, 'at most ([^ ]+)')[1] as double) as at_most
    from conditions
)

select
    leaf,
    position,
    case
        when only_unknown then 'warning.condition.unknown'
        when above is not null and at_most is not null and or_unknown then 'warning.condition.between_or_unknown'
        when above is not null and at_most is not null then 'warning.condition.between'
        when above is not null and or_unknown then 'warning.condition.above_or_unknown'
        when above is not null then 'warning.condition.above'
        when at_most is not null and or_unknown then 'warning.condition.at_most_or_unknown'
        when at_most is not null then 'warning.condition.at_most'
        else 'warning.condition.known'
    end as word,
    feature,
    concat(feature, '_unknown') as unknown,
    above,
    case
        when ends_with(feature, '_share') then 'share'
        when feature in ('average_day', 'mean_repeat_spend') then 'money'
        when abs(above - round(above)) < 1e-9 then 'number.0'
        when abs(10 * above - round(10 * above)) < 1e-9 then 'number.1'
        else 'number.2'
    end as above_unit,
    at_most,
    case
        when ends_with(feature, '_share') then 'share'
        when feature in ('average_day', 'mean_repeat_spend') then 'money'
        when abs(at_most - round(at_most)) < 1e-9 then 'number.0'
        when abs(10 * at_most - round(10 * at_most)) < 1e-9 then 'number.1'
        else 'number.2'
    end as at_most_unit
from bounds
order by leaf, position
