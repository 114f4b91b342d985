-- Grain: one row per sentence of the headline.
--
-- place, position  where it stands, and in what order
-- word             its key in the words file
-- step             the table that its figures come from
-- figure           key: the first figure, revenue where it is one
-- value, before, year_ago      the figure now, one period earlier, a year earlier
-- before_change, year_change   the changes since then; low, high between which the one that is judged usually lies
-- value_as, change_as          how these are written
-- known_share, unknown_share, unknown_money  share of the money that came in which has a customer, the rest, and its money
-- here, returned, active       customers with money in the period; of these without an order, only with returns; all with an
--                              order
--
-- Parameters: none.
with leader as (
    select
        *,
        case unit when 'money' then 'money' when 'share' then 'share' else 'count' end as value_as,
        case unit when 'share' then 'signed.points' else 'signed.growth' end as change_as
    from headline
    order by case when figure = 'revenue' then 0 else 1 end, position
    limit 1
),

answer as (
    select
        'answer' as place,
        1 as position,
        case
            when now is null or (before is null and year_ago is null) then 'headline.answer.alone'
            when before_change is not null and year_change is not null then 'headline.answer.both'
            when before_change is not null and year_ago is not null then 'headline.answer.before_from_year_ago'
            when before_change is not null then 'headline.answer.before'
            when year_change is not null then 'headline.answer.year_ago'
            when before is not null then 'headline.answer.from_before'
            else 'headline.answer.from_year_ago'
        end as word,
        cast(null as double) as low,
        cast(null as double) as high
    from leader
),

-- Judged on the year where that can be: the season is in both ends of it.
usual as (
    select
        'note' as place,
        2 as position,
        case
            when year_change > year_high then 'headline.usual_year.above'
            when year_change < year_low then 'headline.usual_year.below'
            when year_low is not null and year_change is not null then 'headline.usual_year.within'
            when before_change > before_high then 'headline.usual_before.above'
            when before_change < before_low then 'headline.usual_before.below'
            else 'headline.usual_before.within'
        end as word,
        case when year_low is not null and year_change is not null then year_low else before_low end as low,
        case when year_low is not null and year_change is not null then year_high else before_high end as high
    from leader
    where
        (year_low is not null and year_change is not null)
        or (before_low is not null and before_change is not null)
),

-- Sales without a customer are no fault of the data, and no part of what is known of customers.
money_in as (
    select
        cast(sum(case when rule is null then amount end) as double) as known,
        cast(sum(case when rule in ('no_customer', 'no_customer_id') then amount end) as double) as without,
        sum(case when rule in ('no_customer', 'no_customer_id') then amount end) as unknown_money
    from audit_rows
    where source = 'transactions'
),

known as (
    select
        known / (known + without) as known_share,
        without / (known + without) as unknown_share,
        unknown_money
    from money_in
    where known > 0 and without > 0
),

-- Customers with nothing but returns in the period are in the bridge, and are not active: the two counts differ.
bridged as (
    select cast(sum(customers) filter (where component <> 'churn') as bigint) as here from revenue_bridge
),

active as (
    select cast(now as bigint) as active from headline where figure = 'active_customers'
),

returned as (
    select bridged.here, active.active, bridged.here - active.active as returned
    from bridged
    cross join active
    where bridged.here > active.active
),

sentences as (
    select place, position, word, 'leader' as kind, low, high from answer
    union all
    select place, position, word, 'leader' as kind, low, high from usual
    union all
    select 'note' as place, 3 as position, 'headline.known' as word, 'known' as kind, null as low, null as high from known
    union all
    select 'bridge' as place, 1 as position, 'headline.bridge.returned' as word, 'returned' as kind, null as low, null as high
    from returned
)

select
    sentences.place,
    sentences.position,
    sentences.word,
    case sentences.kind when 'known' then 'audit_rows' when 'returned' then 'revenue_bridge' else leader.step end as step,
    leader.figure,
    leader.now as value,
    leader.before,
    leader.year_ago,
    leader.before_change,
    leader.year_change,
    sentences.low,
    sentences.high,
    leader.value_as,
    leader.change_as,
    known.known_share,
    known.unknown_share,
    known.unknown_money,
    returned.here,
    returned.returned,
    returned.active
from sentences
cross join leader
left join known on sentences.kind = 'known'
left join returned on sentences.kind = 'returned'
order by sentences.place, sentences.position
