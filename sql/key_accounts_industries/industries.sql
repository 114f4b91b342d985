-- Grain: one row per industry that the source `customers` names and that has a customer with revenue above zero in the last 365 days; the
-- most revenue first.
--
-- industry       text; blanks are none
-- customers      with revenue above zero
-- revenue_12m    their money
-- largest_share  that of the largest of them
--
-- Parameters: none.
with named as (
    select customer_id, max(trim(industry)) as industry
    from customers
    where trim(industry) <> ''
    group by customer_id
)

select
    named.industry,
    count(*) as customers,
    sum(customer_summary.revenue_12m) as revenue_12m,
    cast(max(customer_summary.revenue_12m) as double) / cast(sum(customer_summary.revenue_12m) as double) as largest_share
from named
inner join customer_summary on named.customer_id = customer_summary.customer_id
where customer_summary.revenue_12m > 0
group by named.industry
order by revenue_12m desc, named.industry
