-- Grain: one row per campaign of campaigns_response that wrote to somebody; the latest first. The others have no share of buyers.
--
-- campaign_id, name  as the source has them
-- control_rate       share of buyers of the control; NULL without one
-- treated_rate       share of buyers among those written to
--
-- Parameters: none.
select campaign_id, name, control_rate, treated_rate
from campaigns_response
where treated > 0
order by starts_on desc, campaign_id
