-- Grain: one row: birthdays are known.
--
-- what    'birthdays'
-- faults  0
--
-- Parameters: none.
select 'birthdays' as what, cast(0 as bigint) as faults
