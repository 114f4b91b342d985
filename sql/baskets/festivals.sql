-- Grain: one row per festival campaign.
--
-- starts_on, ends_on  its days, both included
--
-- Parameters: none.
select starts_on, ends_on
from campaigns
where kind = 'festival' and starts_on is not null and ends_on is not null
