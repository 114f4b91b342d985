-- Grain: one row per figure; columns as in headline.sql, but for `noise`, which is the same for all.
--
-- Parameters: none.
select
    'top20_share' as figure,
    cast(5 as bigint) as position,
    'share' as unit,
    cast(null as boolean) as up_is_good,
    'concentration' as step,
    cast((select max(top20_share) from concentration) as decimal(38, 6)) as now,
    cast((select max(top20_share) from previous.concentration) as decimal(38, 6)) as before,
    cast((select max(top20_share) from year_ago.concentration) as decimal(38, 6)) as year_ago
