-- Grain: one row per sentence on how forecasts of the past did.
--
-- place       note: every reader must know it; proof: it stands with the table of the contest
-- position    the order
-- word        its key in the words file
-- step        the table that its figures come from
-- winner, error        who predicts, where chosen, else who came closest; and its error, in orders a customer
-- other, other_error   the contender that it is compared with
-- predictor, own_error whom the pipeline names, and its error
-- rule, rule_error     a rule of thumb that did as well as the model that predicts
-- windows, window_days, customers  of the contest
-- held, within, promised  of who is judged: windows with all orders inside the model's interval; share of customers
--                         within their own, and
--                      the share promised
-- least, most          by how much forecasts were off, if all windows erred one way: least and most, without sign
-- orders, last, gap, begins  orders long before all others
--
-- A rule of thumb that did as well as a model is recommended: it is simpler. It did as well if chance may explain the
-- distance between them, or if it has the smaller error.
--
-- Parameters: none.
with sentences (place, position, word) as (
    values
    ('note', 20, 'value.contest.too_short'),
    ('note', 20, 'value.contest.nobody'),
    ('note', 21, 'value.contest.rule_over'),
    ('note', 21, 'value.contest.rule'),
    ('note', 22, 'value.contest.simple'),
    ('note', 23, 'value.erred.high'),
    ('note', 23, 'value.erred.low'),
    ('note', 23, 'value.erred.high_once'),
    ('note', 23, 'value.erred.low_once'),
    ('proof', 1, 'value.contest.tried'),
    ('proof', 2, 'value.contest.stray'),
    ('proof', 3, 'value.contest.model_over'),
    ('proof', 3, 'value.contest.model'),
    ('proof', 3, 'value.contest.as_close'),
    ('proof', 3, 'value.contest.as_close_as_rule'),
    ('proof', 3, 'value.contest.closest'),
    ('proof', 4, 'value.contest.named'),
    ('proof', 4, 'value.contest.untried'),
    ('proof', 5, 'value.contest.sure')
),

placed as (
    select
        contest_summary.*,
        row_number() over (order by rmse, contender) as nearest,
        row_number() over (partition by kind order by place) as best_of_kind
    from contest_summary
    where place is not null
),

contenders as (
    select
        count(*) as contenders,
        min(window_days) as window_days,
        max(windows) as windows,
        max(customers) as customers
    from contest_summary
),

chosen as (
    select contender, kind, rmse, windows, window_days, customers from contest_summary where chosen
),

closest as (
    select contender, kind, rmse from placed where nearest = 1
),

-- The best of the other kind.
other as (
    select placed.contender, placed.rmse
    from placed
    inner join chosen on placed.kind <> chosen.kind
    where placed.best_of_kind = 1
),

own as (
    select contest_summary.*
    from contest_summary
    inner join value_predictor on contest_summary.contender = value_predictor.asked
),

judged as (
    select held, windows, customers_within, customers_promised from own
    union all
    select held, windows, customers_within, customers_promised
    from contest_summary
    where chosen and not exists (select 1 from own)
),

-- A rule that did as well as the model that predicts.
simple as (
    select placed.contender, placed.rmse
    from placed
    cross join own
    where
        placed.kind = 'rule'
        and own.kind = 'model'
        and own.place is not null
        and (placed.close or placed.rmse <= own.rmse)
    order by placed.rmse, placed.contender
    limit 1
),

-- Half of what the last digit of a per cent shows is no error.
erred as (
    select
        count(*) as windows,
        min(bias) >= 0.0005 as all_high,
        max(bias) <= -0.0005 as all_low,
        min(abs(bias)) as least,
        max(abs(bias)) as most
    from value_windows
),

stray as (
    select
        max(stray_orders) as orders,
        max(stray_last) as last,
        max(stray_gap_days) as gap,
        max(begins) as begins
    from origins
),

known as (
    select
        contenders.contenders > 0 as is_held,
        chosen.contender is not null as has_winner,
        coalesce(chosen.contender = value_predictor.asked, false) as predicts,
        chosen.rmse = closest.rmse as is_closest,
        chosen.kind as chosen_kind,
        chosen.contender as chosen,
        chosen.rmse as chosen_error,
        closest.contender as closest,
        closest.kind as closest_kind,
        closest.rmse as closest_error,
        other.contender as other,
        other.rmse as other_error,
        value_predictor.asked as predictor,
        own.rmse as own_error,
        own.contender is not null as is_tried,
        simple.contender as rule,
        simple.rmse as rule_error,
        contenders.windows,
        contenders.window_days,
        contenders.customers,
        judged.held,
        judged.customers_within as within,
        judged.customers_promised as promised,
        erred.windows as erred_windows,
        erred.all_high,
        erred.all_low,
        erred.least,
        erred.most,
        stray.orders,
        stray.last,
        stray.gap,
        stray.begins
    from contenders
    cross join erred
    cross join stray
    left join chosen on true
    left join closest on true
    left join other on true
    left join value_predictor on true
    left join own on true
    left join judged on true
    left join simple on true
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case
        when sentences.word = 'value.contest.stray' then 'origins'
        when sentences.word like 'value.erred.%' then 'contest'
        else 'contest_summary'
    end as step,
    case when known.predicts then known.chosen else known.closest end as winner,
    case when known.predicts then known.chosen_error else known.closest_error end as error,
    case when known.is_closest then known.other else known.closest end as other,
    case when known.is_closest then known.other_error else known.closest_error end as other_error,
    known.predictor,
    known.own_error,
    known.rule,
    known.rule_error,
    known.windows,
    known.window_days,
    known.customers,
    known.held,
    known.within,
    known.promised,
    known.least,
    known.most,
    known.orders,
    known.last,
    known.gap,
    known.begins
from sentences
cross join known
where
    case sentences.word
        when 'value.contest.too_short' then not known.is_held
        when 'value.contest.nobody' then known.is_held and not known.has_winner
        when 'value.contest.rule_over'
            then known.predicts and known.chosen_kind = 'rule' and known.is_closest and known.other is not null
        when 'value.contest.rule'
            then known.predicts and known.chosen_kind = 'rule' and known.is_closest and known.other is null
        when 'value.contest.simple' then known.rule is not null
        when 'value.erred.high' then known.erred_windows > 1 and known.all_high
        when 'value.erred.low' then known.erred_windows > 1 and known.all_low
        when 'value.erred.high_once' then known.erred_windows = 1 and known.all_high
        when 'value.erred.low_once' then known.erred_windows = 1 and known.all_low
        when 'value.contest.tried' then known.has_winner
        when 'value.contest.stray' then known.orders > 0
        when 'value.contest.model_over'
            then known.predicts and known.chosen_kind = 'model' and known.is_closest and known.other is not null
        when 'value.contest.model'
            then known.predicts and known.chosen_kind = 'model' and known.is_closest and known.other is null
        when 'value.contest.as_close' then known.predicts and not known.is_closest and known.closest_kind = 'model'
        when 'value.contest.as_close_as_rule' then known.predicts and not known.is_closest and known.closest_kind = 'rule'
        when 'value.contest.closest' then known.has_winner and not known.predicts and known.closest is not null
        when 'value.contest.named' then known.has_winner and not known.predicts and known.is_tried and known.own_error is not null
        when 'value.contest.untried' then known.has_winner and not known.predicts and not known.is_tried and known.predictor is not null
        when 'value.contest.sure' then known.held is not null
    end
order by sentences.position
