-- Grain: one row per business day, product, category, channel and store. Merged from what each input file contributes
-- (`incremental`), so it holds only what can be added up. Returns are left out.
--
-- day             business day in the pipeline's time zone
-- product_id, category, channel, store_id  text; NULL where the source has none
-- rows            rows of an amount of zero or more
-- sales           their money
-- counted_rows, counted_sales  of these, the rows with a quantity above zero; counted_sales is NULL without one
-- sold            quantity of these; NULL likewise
--
-- Parameters: none.
select
    day,
    product_id,
    category,
    channel,
    store_id,
    count(*) as rows,
    sum(amount) as sales,
    sum(case when quantity > 0 then 1 else 0 end) as counted_rows,
    sum(case when quantity > 0 then amount end) as counted_sales,
    sum(case when quantity > 0 then cast(quantity as decimal(18, 3)) end) as sold
from transactions
where amount >= 0
group by day, product_id, category, channel, store_id
