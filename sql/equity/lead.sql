-- Grain: one row, what customers are worth after costs; none where nothing is predicted. The section on value leads
-- with it.
--
-- value        money over the longest horizon, discounted
-- with_orders  the part of it that goes with orders: all but the cost of marketing, which goes with time
--
-- Parameters: none.
select
    value,
    value + marketing_cost as with_orders
from equity
where value is not null
