-- Grain: one row per customer, business day, product and category. Merged from what each input file contributes
-- (`incremental`). So it holds only what can be added up.
--
-- customer_id  text
-- day          business day in the pipeline's time zone
-- product_id   text; NULL where the source has none
-- category     text; likewise
-- revenue      money, by the returns policy
-- units        quantity, returns taken off; NULL where the source has none
-- sales        money of the rows that are no returns and have a quantity above zero; NULL without one
-- sold         quantity of these rows
--
-- Parameters: $returns.
select
    customer_id,
    day,
    product_id,
    category,
    sum(amount) as revenue,
    sum(cast(quantity as decimal(18, 3))) as units,
    sum(case when amount >= 0 and quantity > 0 then amount end) as sales,
    sum(case when amount >= 0 and quantity > 0 then cast(quantity as decimal(18, 3)) end) as sold
from transactions
where $returns = 'net' or amount >= 0
group by customer_id, day, product_id, category
