-- Grain: one row per customer, business day, channel and store. Merged from what each input file contributes (`incremental`), so
-- it holds only what can be added up.
--
-- customer_id     text
-- day             business day in the pipeline's time zone
-- channel, store_id  text; NULL where the source has none
-- revenue         money, by the returns policy
-- costed_revenue  money of the rows with a known cost; NULL without one
-- cost            money: cost of the goods of these rows; NULL likewise
--
-- Parameters: $returns.
select
    customer_id,
    day,
    channel,
    store_id,
    sum(amount) as revenue,
    sum(case when cost is not null then amount end) as costed_revenue,
    sum(cost) as cost
from transactions
where $returns = 'net' or amount >= 0
group by customer_id, day, channel, store_id
