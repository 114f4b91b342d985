-- Grain: one row per customer to sell more to: a share of wallet below $wallet_low_share, and not lost; the most money
-- elsewhere first.
--
-- customer_id, segment, status, spend_here, spend_all, share, elsewhere, most_elsewhere  as in wallet_customers
--
-- Parameters: $wallet_low_share.
-- $wallet_low_share must be a number above 0 to 1
select customer_id, segment, status, most_elsewhere, elsewhere, spend_here, spend_all, share
from wallet_customers
where share < cast($wallet_low_share as double) and coalesce(status, '') <> 'lost'
order by elsewhere desc, customer_id
