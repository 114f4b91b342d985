-- Grain: one row per customer and business day: what is known of the costs of the goods. Merged from what each input
-- file contributes (`incremental`); by day, so that an earlier state is its earlier rows.
--
-- customer_id     text
-- day             business day in the pipeline's time zone
-- costed_revenue  money of the rows whose cost is known, by the returns policy; NULL without one
-- cost            money: cost of these rows; NULL likewise
--
-- Parameters: $returns: 'net' counts returns against revenue, 'gross' leaves the rows below zero out.
select
    customer_id,
    day,
    sum(case when cost is not null then amount end) as costed_revenue,
    sum(cost) as cost
from transactions
where $returns = 'net' or amount >= 0
group by customer_id, day
