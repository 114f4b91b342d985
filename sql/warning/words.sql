-- Grain: one row per sentence of the section on the early warning.
--
-- place, position  where it stands, and in what order; sentences of one position make a paragraph
-- word             its key in the words file
-- step             the table that its figures come from
-- customers        the answer: those watched; why nothing was learned: those to learn from; the test: those judged
-- churned          of those to learn from, left
-- within, days     days looked back, and days ahead
-- leavers, share   customers expected to leave, and their share of those watched
-- revenue, stake   what those watched would bring in the days ahead, and what of it is at stake
-- until            the last day that was known in the test
-- pairs, rule, silent, gone  of 100 pairs of one who left and one who stayed, those ranked right by the regression,
--                  by the rule "the longest silence first", by the model of purchases (no order), and by the same (no
--                  longer active)
-- observed, lift, captured  of the tenth ranked highest by the regression
-- predicted, left_share  share of the judged whom the regression expected to leave, and who did
-- late, unknown    customers in the list who are late by their own rhythm, and who have too few orders for one
-- risk, cooling    of the late: those of each status
-- late_stake, unknown_stake  what is at stake with them
-- call_money, write_money  least stake for a call, and for a message in person
-- missed, needless  what the two mistakes cost; costs_unit says how they are written: whole, or to two decimals
--
-- The regression is better or worse than the rule, and the model of purchases better than the regression, if they
-- differ by more than two standard errors of the regression's AUC. Where it is no better than a simpler method, the
-- section recommends that one: the model of purchases if that is better than the regression and no worse than the
-- rule, else the rule. A sum within a tenth of the predicted one counts as predicted correctly.
--
-- Parameters: $cost_missed, $cost_needless, $call_from, $write_from.
-- $cost_missed must be a number of 0 or more
-- $cost_needless must be a number of 0 or more
-- $call_from must be a number of 0 or more
-- $write_from must be a number of 0 or more
with sentences (place, position, number, word) as (
    values
    ('answer', 1, 1, 'warning.too_short'),
    ('answer', 1, 2, 'warning.not_learned.not_identified'),
    ('answer', 1, 3, 'warning.not_learned.separated'),
    ('answer', 1, 4, 'warning.not_learned.failed'),
    ('answer', 1, 5, 'warning.nobody'),
    ('answer', 1, 6, 'warning.answer'),
    ('answer', 1, 7, 'warning.answer_without_revenue'),
    ('note', 2, 8, 'warning.tried'),
    ('note', 2, 9, 'warning.others.rule'),
    ('note', 2, 10, 'warning.others.silent'),
    ('note', 2, 11, 'warning.others.all'),
    ('note', 3, 12, 'warning.verdict.better'),
    ('note', 3, 13, 'warning.verdict.alike'),
    ('note', 3, 14, 'warning.verdict.worse'),
    ('note', 3, 15, 'warning.verdict.purchases'),
    ('note', 3, 16, 'warning.instead.rule_as_good'),
    ('note', 3, 17, 'warning.instead.rule'),
    ('note', 3, 18, 'warning.instead.purchases'),
    ('note', 4, 19, 'warning.tenth'),
    ('note', 4, 20, 'warning.foretold.close'),
    ('note', 4, 21, 'warning.foretold.high'),
    ('note', 4, 22, 'warning.foretold.low'),
    ('calls', 5, 23, 'warning.listed.nobody'),
    ('calls', 5, 24, 'warning.listed.late'),
    ('calls', 5, 25, 'warning.listed.unknown'),
    ('calls', 5, 26, 'warning.actions_from'),
    ('costs', 6, 27, 'warning.costs')
),

fit as (
    select
        max(status) as status,
        cast(max(customers) as bigint) as customers,
        cast(max(churned) as bigint) as churned
    from churn_weights_fit
),

sound as (
    select count(*) > 0 as sound from warning_sound
),

judged as (
    select
        max(customers) filter (where contender = 'logistic') as customers,
        max(auc) filter (where contender = 'logistic') as auc,
        max(auc_error) filter (where contender = 'logistic') as auc_error,
        max(predicted) filter (where contender = 'logistic') as predicted,
        max(share) filter (where contender = 'logistic') as share,
        max(auc) filter (where contender = 'recency_days') as rule,
        max(auc) filter (where contender = 'p_silent') as silent,
        max(auc) filter (where contender = 'p_gone') as gone
    from churn_weights_judged
),

compared as (
    select
        judged.*,
        case
            when auc is null or rule is null then null
            when auc - rule > 2 * auc_error then 'better'
            when rule - auc > 2 * auc_error then 'worse'
            else 'alike'
        end as verdict,
        coalesce(auc is not null and rule is not null and silent - auc > 2 * auc_error, false) as purchases_better
    from judged
),

verdicts as (
    select
        compared.*,
        case
            when purchases_better and (verdict = 'better' or silent >= rule) then 'purchases'
            when verdict = 'worse' then 'rule'
            when verdict = 'alike' then 'rule_as_good'
        end as instead
    from compared
),

first_tenth as (
    select
        max(observed) as observed,
        max(lift) as lift,
        max(captured) as captured
    from churn_weights_gains
    where contender = 'logistic' and tenth = 1
),

listed as (
    select
        coalesce(sum(late), 0) as late,
        coalesce(sum(customers) - sum(late), 0) as unknown
    from warning_actions
),

listed_money as (
    select
        count(*) filter (where status = 'at_risk') as risk,
        count(*) filter (where status = 'cooling') as cooling,
        coalesce(sum(revenue_at_stake) filter (where status <> 'not_known'), 0) as late_stake,
        coalesce(sum(revenue_at_stake) filter (where status = 'not_known'), 0) as unknown_stake
    from early_warning
),

average as (
    select
        case
            when sum(orders) > 0 and sum(revenue) > 0 then cast(sum(revenue) as double) / cast(sum(orders) as double)
        end as average_order
    from customer_summary
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when sentences.word like 'warning.not_learned.%' then 'churn_weights_fit'
        when sentences.word = 'warning.tenth' then 'churn_weights_gains'
        when sentences.place = 'note' or sentences.place = 'costs' then 'churn_weights_judged'
        when sentences.place = 'calls' then 'early_warning'
        else 'warning_summary'
    end as step,
    case
        when sentences.word like 'warning.not_learned.%' then fit.customers
        when sentences.word = 'warning.tried' then verdicts.customers
        else warning_summary.customers
    end as customers,
    fit.churned,
    warning_summary.within_days as within,
    warning_summary.window_days as days,
    cast(round(warning_summary.expected_leavers) as bigint) as leavers,
    case when warning_summary.customers > 0
        then warning_summary.expected_leavers / cast(warning_summary.customers as double)
    end as share,
    warning_summary.window_revenue as revenue,
    warning_summary.revenue_at_stake as stake,
    warning_summary.judged_until as until,
    100 * verdicts.auc as pairs,
    100 * verdicts.rule as rule,
    100 * verdicts.silent as silent,
    100 * verdicts.gone as gone,
    first_tenth.observed,
    first_tenth.lift,
    first_tenth.captured,
    verdicts.predicted,
    verdicts.share as left_share,
    listed.late,
    listed.unknown,
    listed_money.risk,
    listed_money.cooling,
    listed_money.late_stake,
    listed_money.unknown_stake,
    cast(cast($call_from as double) * average.average_order as decimal(38, 6)) as call_money,
    cast(cast($write_from as double) * average.average_order as decimal(38, 6)) as write_money,
    cast($cost_missed as double) as missed,
    cast($cost_needless as double) as needless,
    case
        when
            cast($cost_missed as double) = round(cast($cost_missed as double))
            and cast($cost_needless as double) = round(cast($cost_needless as double))
            then 'number.0'
        else 'number.2'
    end as costs_unit
from sentences
cross join fit
cross join sound
cross join warning_summary
cross join verdicts
cross join first_tenth
cross join listed
cross join listed_money
cross join average
where
    case
        when not sound.sound then
            sentences.word = case
                when coalesce(fit.customers, 0) = 0 then 'warning.too_short'
                when fit.status = 'not_identified' then 'warning.not_learned.not_identified'
                when fit.status = 'separated' then 'warning.not_learned.separated'
                else 'warning.not_learned.failed'
            end
        when sentences.place = 'answer' then
            sentences.word = case
                when warning_summary.customers = 0 or warning_summary.expected_leavers is null then 'warning.nobody'
                when coalesce(warning_summary.window_revenue, 0) > 0 then 'warning.answer'
                else 'warning.answer_without_revenue'
            end
        when sentences.place = 'calls' then
            case sentences.word
                when 'warning.listed.nobody' then listed.late = 0 and listed.unknown = 0
                when 'warning.listed.late' then listed.late > 0
                when 'warning.listed.unknown' then listed.unknown > 0
                else listed.late + listed.unknown > 0 and average.average_order is not null
            end
        -- Nobody was judged, as history is too short: the parameters were given.
        when verdicts.auc is null then false
        else
            case sentences.word
                when 'warning.tried' then true
                when 'warning.others.all'
                    then verdicts.rule is not null and verdicts.silent is not null and verdicts.gone is not null
                when 'warning.others.silent'
                    then verdicts.rule is not null and verdicts.silent is not null and verdicts.gone is null
                when 'warning.others.rule' then verdicts.rule is not null and verdicts.silent is null
                when 'warning.verdict.better' then verdicts.verdict = 'better'
                when 'warning.verdict.alike' then verdicts.verdict = 'alike'
                when 'warning.verdict.worse' then verdicts.verdict = 'worse'
                when 'warning.verdict.purchases' then verdicts.purchases_better
                when 'warning.instead.rule_as_good' then verdicts.instead = 'rule_as_good'
                when 'warning.instead.rule' then verdicts.instead = 'rule'
                when 'warning.instead.purchases' then verdicts.instead = 'purchases'
                when 'warning.tenth' then first_tenth.observed is not null
                when 'warning.foretold.close' then abs(verdicts.predicted - verdicts.share) <= 0.1 * verdicts.share
                when 'warning.foretold.high' then verdicts.predicted - verdicts.share > 0.1 * verdicts.share
                when 'warning.foretold.low' then verdicts.share - verdicts.predicted > 0.1 * verdicts.share
                else true
            end
    end
order by sentences.position, sentences.number
