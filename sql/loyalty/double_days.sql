-- Grain: one row per day of the last 365 on which points count double because of the weekday (points_days).
--
-- day  date
--
-- Parameters: none.
select day from points_days where doubles
