-- Grain: one row per day as of which value was predicted: a year ago, one period ago, now. None where nothing was predicted then, or
-- history did not cover 365 days.
--
-- time         key: year_ago, before, now
-- as_of        the day
-- members      customers with a predicted value
-- amount       money: all predicted value
-- top20        the best fifth of them, rounded up
-- top20_share  their share of it; NULL where that is not above zero
-- gini         likewise
--
-- Parameters: $as_of, $previous_as_of, $year_ago_as_of.
with spans as (
    select 3 as position, 'now' as time, cast($as_of as date) as as_of, distribution(cast(clv as decimal(38, 6))) as amounts
    from clv
    where clv is not null
    union all
    select 2, 'before', cast($previous_as_of as date), distribution(cast(clv as decimal(38, 6)))
    from previous.clv
    cross join previous.periods as told
    -- A period of a year: one row of a year ago is enough.
    where clv is not null and told.history_days >= 365 and cast($previous_as_of as date) > cast($year_ago_as_of as date)
    union all
    select 1, 'year_ago', cast($year_ago_as_of as date), distribution(cast(clv as decimal(38, 6)))
    from year_ago.clv
    cross join year_ago.periods as told
    where clv is not null and told.history_days >= 365
)

select
    time,
    as_of,
    amounts['count'] as members,
    amounts['total'] as amount,
    (amounts['count'] + 4) / 5 as top20,
    top_share(amounts, 0.2) as top20_share,
    gini(amounts) as gini
from spans
where amounts is not null
order by position
