-- Grain: one row per customer and category with an answer that counts.
--
-- customer_id  text
-- category     key; `all`: the answer names none
-- day          day of the answer
-- spend_here   money in the $wallet_days up to that day
-- spend_all    money: what the customer said, or spend_here where that is more
-- share        spend_here / spend_all
-- elsewhere    money: spend_all - spend_here
-- understated  the customer said less than what was bought here
--
-- Parameters: none.
select
    customer_id,
    category,
    day,
    spend_here,
    greatest(cast(stated as decimal(38, 6)), spend_here) as spend_all,
    cast(spend_here as double) / cast(greatest(cast(stated as decimal(38, 6)), spend_here) as double) as share,
    greatest(cast(stated as decimal(38, 6)), spend_here) - spend_here as elsewhere,
    spend_here > stated as understated
from wallet_answers
where left_out is null
order by customer_id, category
