-- Grain: one row per category with an answer that counts; the most money elsewhere first.
--
-- category     key; `all`: the answers name none
-- customers    customers with an answer that counts
-- spend_here, spend_all, elsewhere  money: their sums
-- share        spend_here / spend_all
--
-- Parameters: none.
select
    category,
    count(*) as customers,
    sum(spend_here) as spend_here,
    sum(spend_all) as spend_all,
    sum(elsewhere) as elsewhere,
    cast(sum(spend_here) as double) / cast(sum(spend_all) as double) as share
from wallet
group by category
order by elsewhere desc, category
