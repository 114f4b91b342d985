-- Grain: one row per customer and business day with a row of zero or more. Merged from what each input file contributes
-- (`incremental`). So it holds only what can be added up.
--
-- customer_id, day
-- sales       money of these rows
-- discounted  of it, money of rows with a discount; NULL without one
-- priced      of it, money of rows of which the discount is known, none included; NULL where the source has no discounts
--
-- Parameters: none.
select
    customer_id,
    day,
    sum(amount) as sales,
    sum(case when discount > 0 then amount end) as discounted,
    sum(case when discount is not null then amount end) as priced
from transactions
where amount >= 0
group by customer_id, day
