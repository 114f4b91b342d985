-- Grain: one row per tenth of the customers with goods sold at their list price in the last $price_discipline_days, those with the
-- highest share of discount first. Customers with the same share are in the same tenth, so a tenth may be larger, and others missing.
--
-- decile          1 = the most discount
-- customers       count
-- lowest, highest the shares of discount in it
-- listed, paid, discount  sums
-- discount_share  discount / listed
-- paid_each       paid / customers
-- customer_share, paid_share, share_of_discount  of all these customers; NULL where the total is not above zero
--
-- Parameters: none.
with shares as (
    select
        customer_id,
        listed,
        paid,
        -- As a decimal: equal shares are equal.
        cast(cast(listed - paid as double) / cast(listed as double) as decimal(18, 9)) as discount_share
    from price_discipline_customers
    where listed > 0
),

placed as (
    select *, ranking(discount_share) over (order by customer_id) as ranking from shares
),

tenths as (
    select
        *,
        case
            when ranking['better'] + ranking['worse'] = 0 then 5
            else greatest(10 - 10 * ranking['worse'] / (ranking['better'] + ranking['worse']), 1)
        end as decile
    from placed
),

sums as (
    select
        decile,
        count(*) as customers,
        min(discount_share) as lowest,
        max(discount_share) as highest,
        sum(listed) as listed,
        sum(paid) as paid
    from tenths
    group by decile
),

total as (
    select sum(customers) as customers, sum(paid) as paid, sum(listed - paid) as discount from sums
)

select
    sums.decile,
    sums.customers,
    cast(sums.lowest as double) as lowest,
    cast(sums.highest as double) as highest,
    sums.listed,
    sums.paid,
    sums.listed - sums.paid as discount,
    cast(sums.listed - sums.paid as double) / cast(sums.listed as double) as discount_share,
    cast(cast(sums.paid as double) / sums.customers as decimal(38, 6)) as paid_each,
    cast(sums.customers as double) / total.customers as customer_share,
    case when total.paid > 0 then cast(sums.paid as double) / cast(total.paid as double) end as paid_share,
    case when total.discount > 0 then cast(sums.listed - sums.paid as double) / cast(total.discount as double) end as share_of_discount
from sums
cross join total
order by sums.decile
