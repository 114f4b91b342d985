-- Grain: one row; none without a known cost of winning customers. The same figures as the section on winning customers has.
--
-- cost, customers  sums of acquisition_by_channel
--
-- Parameters: none.
select cast(sum(cost) as decimal(38, 6)) as cost, cast(sum(customers) as bigint) as customers
from acquisition_by_channel
having count(*) > 0
