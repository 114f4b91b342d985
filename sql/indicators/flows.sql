-- Grain: one row per flow of customers, for a picture: new, lost, moved up and down, on the opening base; none where no
-- such rate is known.
--
-- indicator  key
-- before     share, of the period before; NULL where it is not known
-- value      share, of the last full period
--
-- Parameters: none.
select indicator, cast(before as double) as before, cast(value as double) as value
from indicators
where position <= 4 and value is not null
order by position
