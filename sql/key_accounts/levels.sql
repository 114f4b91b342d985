-- Grain: one row per number of measures by which customers are high.
--
-- marks          that number
-- customers      with it
-- customer_share  of all with an order in the last 365 days
-- revenue_12m    money of these
-- revenue_share  its share; NULL where the whole is not above zero
--
-- Parameters: none.
with totals as (
    select count(*) as customers, case when sum(revenue_12m) > 0 then cast(sum(revenue_12m) as double) end as revenue
    from key_accounts_marks
)

select
    marked.marks,
    count(*) as customers,
    cast(count(*) as double) / cast(max(totals.customers) as double) as customer_share,
    sum(marked.revenue_12m) as revenue_12m,
    cast(sum(marked.revenue_12m) as double) / max(totals.revenue) as revenue_share
from key_accounts_marks as marked
cross join totals
group by marked.marks
order by marked.marks desc
