-- Grain: one row per customer, business day and transaction id with at least one row kept of a store that is not outside the
-- scheme. Merged from the parts of each input file (`incremental`). So it holds only what can be added up or compared.
--
-- customer_id     text
-- day             business day in the pipeline's time zone
-- transaction_id  text
-- first_at        time of its earliest row
-- amount          money of its rows, by the returns policy
--
-- Parameters: $returns, $stores_outside.
select
    customer_id,
    day,
    transaction_id,
    -- Also if the source has days without a time.
    min(arrow_cast(occurred_at, 'Timestamp(Microsecond, None)')) as first_at,
    sum(amount) as amount
from transactions
where ($returns = 'net' or amount >= 0) and not coalesce(array_has($stores_outside, store_id), false)
group by customer_id, day, transaction_id
