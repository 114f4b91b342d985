-- Grain: one row per customer, business day and transaction id with at least one row kept: an order, or a return.
-- Merged from the parts of each input file (`incremental`). So it holds only what can be added up or compared.
--
-- customer_id     text
-- day             business day in the pipeline's time zone
-- transaction_id  text
-- highest_amount  highest amount of a row; zero or more makes the transaction an order
-- units           quantity, exact; NULL where the source has none
-- revenue         money, by the returns policy
-- returns         money of the amounts below zero, as a negative figure; NULL without one
-- costed_revenue  money of the rows with a known cost; NULL without one
-- cost            money: cost of the goods of these rows; NULL likewise
--
-- Parameters: $returns: 'net' counts returns against revenue, 'gross' leaves the rows below zero out.
select
    customer_id,
    day,
    transaction_id,
    max(amount) as highest_amount,
    -- Three decimals hold pieces, kilograms and litres alike, and add up exactly.
    sum(cast(quantity as decimal(18, 3))) as units,
    sum(amount) as revenue,
    sum(case when amount < 0 then amount end) as returns,
    sum(case when cost is not null then amount end) as costed_revenue,
    sum(cost) as cost
from transactions
where $returns = 'net' or amount >= 0
group by customer_id, day, transaction_id
