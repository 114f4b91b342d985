-- Grain: one row per segment with an answer that counts; the best segment first, customers without one last.
--
-- segment      key; NULL: no segment
-- customers    customers with an answer that counts
-- spend_here, spend_all, elsewhere  money: their sums
-- share        spend_here / spend_all
-- mean_share   the mean of the customers' own shares
--
-- Parameters: none.
select
    segment,
    count(*) as customers,
    sum(spend_here) as spend_here,
    sum(spend_all) as spend_all,
    sum(elsewhere) as elsewhere,
    cast(sum(spend_here) as double) / cast(sum(spend_all) as double) as share,
    avg(share) as mean_share
from wallet_customers
group by segment, segment_order
order by segment_order nulls last
