-- Grain: one row per figure; columns as in headline.sql, but for the usual ranges. Each span is one of 365 days; earlier ones are
-- NULL where history does not cover them.
--
-- Parameters: none.
with earlier as (
    select
        (
            select max(concentration.top20_share)
            from previous.concentration as concentration
            cross join previous.periods as covered
            where covered.history_days >= 365
        ) as before,
        (
            select max(concentration.top20_share)
            from year_ago.concentration as concentration
            cross join year_ago.periods as covered
            where covered.history_days >= 365
        ) as year_ago
)

select
    'top20_share' as figure,
    cast(5 as bigint) as position,
    'share' as unit,
    cast(null as boolean) as up_is_good,
    'concentration' as step,
    cast((select max(top20_share) from concentration) as decimal(38, 6)) as now,
    cast(earlier.before as decimal(38, 6)) as before,
    cast(earlier.year_ago as decimal(38, 6)) as year_ago
from earlier
