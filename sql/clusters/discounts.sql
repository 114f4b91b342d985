-- Grain: one row per customer and business day with a discount. Merged from what each input file contributes
-- (`incremental`). So it holds only what can be added up.
--
-- customer_id, day  the key
-- discount          money taken off the rows that are no returns
--
-- Parameters: none.
select
    customer_id,
    day,
    sum(discount) as discount
from transactions
where discount > 0 and amount >= 0
group by customer_id, day
