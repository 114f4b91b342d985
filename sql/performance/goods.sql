-- Grain: one row per business day, product and category: what has a known cost. Merged from what each input file contributes
-- (`incremental`).
--
-- day             business day in the pipeline's time zone
-- product_id, category  text; NULL where the source has none
-- costed_revenue  money of the rows with a known cost, by the returns policy; NULL without one
-- cost            money: cost of the goods of these rows; NULL likewise
--
-- Parameters: $returns.
select
    day,
    product_id,
    category,
    sum(case when cost is not null then amount end) as costed_revenue,
    sum(cost) as cost
from transactions
where $returns = 'net' or amount >= 0
group by day, product_id, category
