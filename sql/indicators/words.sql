-- Grain: one row per sentence of the section on indicators.
--
-- place, position   where it stands, and in what order
-- word              its key in the words file
-- step              the table that its figures come from
-- opening, closing  customers at the opening of the period, and at its close
-- new, back, lost   customers: came new; came back after being lost; were lost. Opening and these add up to closing, so who came
--                   and was lost within the period is in none of them
-- active            customers with an order in the period
-- share, earlier    share: the measured rate, and a year ago
-- points            share: their difference, without sign
-- profit_share      share: repeat customers' share of profit
-- spend             money a customer with an order in the period
-- tenure            days: their mean tenure
-- categories        categories that one of them bought
-- since             the first day of history
-- days              $lost_after_days
--
-- Parameters: $period_start, $lost_after_days.
-- $lost_after_days must be a whole number from 1 to 3650
with rows as (
    select
        cast(max(denominator) filter (where indicator = 'new_customers') as bigint) as opening,
        cast(max(numerator) filter (where indicator = 'lost_customers') as bigint) as lost,
        max(value) filter (where indicator = 'new_customers') as new_rate,
        cast(max(value) filter (where indicator = 'active_customers') as bigint) as active,
        cast(max(value) filter (where indicator = 'retention_rate') as double) as retention,
        cast(max(year_ago) filter (where indicator = 'retention_rate') as double) as retention_year_ago,
        cast(max(value) filter (where indicator = 'repurchase_rate') as double) as repurchase,
        cast(max(year_ago) filter (where indicator = 'repurchase_rate') as double) as repurchase_year_ago,
        cast(max(value) filter (where indicator = 'repeat_sales_share') as double) as repeat_sales,
        cast(max(value) filter (where indicator = 'repeat_profit_share') as double) as repeat_profit,
        max(value) filter (where indicator = 'spend_a_customer') as spend,
        cast(max(value) filter (where indicator = 'mean_tenure') as bigint) as tenure,
        cast(max(value) filter (where indicator = 'categories_a_customer') as double) as categories
    from indicators
),

base as (
    select
        count(*) filter (where in_closing) as closing,
        count(*) filter (where in_closing and is_new) as new,
        count(*) filter (where in_closing and not is_new and not in_opening) as back
    from indicators_customers
),

figures as (
    select rows.*, base.closing, base.new, base.back, periods.history_start as since
    from rows
    cross join base
    cross join periods
),

sentences as (
    select
        'answer' as place,
        1 as position,
        case
            when new_rate is null and active = 0 then 'indicators.answer.nobody'
            when new_rate is null then 'indicators.answer.young'
            when closing > opening then 'indicators.answer.grew'
            when closing < opening then 'indicators.answer.shrank'
            when new = 0 and back = 0 and lost = 0 then 'indicators.answer.still'
            else 'indicators.answer.same'
        end as word,
        'indicators' as step,
        cast(null as double) as share,
        cast(null as double) as earlier
    from figures
    union all
    select
        'note' as place,
        3 as position,
        case
            when retention_year_ago is null then 'indicators.note.retention'
            when retention > retention_year_ago then 'indicators.note.retention_rose'
            when retention < retention_year_ago then 'indicators.note.retention_fell'
            else 'indicators.note.retention_same'
        end as word,
        'indicators' as step,
        retention as share,
        retention_year_ago as earlier
    from figures
    where retention is not null
    union all
    -- Where history covers one year only.
    select
        'note' as place,
        3 as position,
        case
            when repurchase_year_ago is null then 'indicators.note.repurchase'
            when repurchase > repurchase_year_ago then 'indicators.note.repurchase_rose'
            when repurchase < repurchase_year_ago then 'indicators.note.repurchase_fell'
            else 'indicators.note.repurchase_same'
        end as word,
        'indicators' as step,
        repurchase as share,
        repurchase_year_ago as earlier
    from figures
    where retention is null and repurchase is not null
    union all
    select
        'note' as place,
        4 as position,
        case when repeat_profit is null then 'indicators.note.repeat_sales' else 'indicators.note.repeat' end as word,
        'indicators' as step,
        repeat_sales as share,
        null as earlier
    from figures
    where repeat_sales is not null
    union all
    select
        'note' as place,
        5 as position,
        case
            when tenure is null then 'indicators.note.deep_untold'
            when categories is null then 'indicators.note.deep_uncategorised'
            else 'indicators.note.deep'
        end as word,
        'indicators' as step,
        null as share,
        null as earlier
    from figures
    where active > 0
)

select
    sentences.place,
    cast(sentences.position as bigint) as position,
    sentences.word,
    sentences.step,
    figures.opening,
    figures.closing,
    figures.new,
    figures.lost,
    figures.back,
    figures.active,
    sentences.share,
    sentences.earlier,
    abs(sentences.share - sentences.earlier) as points,
    figures.repeat_profit as profit_share,
    figures.spend,
    figures.tenure,
    figures.categories,
    figures.since,
    cast($lost_after_days as bigint) as days
from sentences
cross join figures
order by position
