-- Grain: one row.
select count(*) as customers, coalesce(sum(revenue), 0) as revenue from gifts
