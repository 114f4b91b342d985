-- Grain: one row per kind of price in the last $price_discipline_days; all four. They add up to all sales of these days, returns not
-- taken off.
--
-- kind         list: goods at their list price, which the other tables are about; special: goods at a special price; no_price,
--              no_quantity: rows that cannot be compared with a list price
-- rows         of an amount of zero or more
-- sales        their money
-- sales_share  of all four; NULL where that is not above zero
-- listed       list price x quantity; NULL where there is none
-- paid_share   sales / listed; NULL likewise
--
-- Parameters: none.
with kinds (kind, place) as (
    values ('list', 1), ('special', 2), ('no_price', 3), ('no_quantity', 4)
),

sums as (
    select kind, cast(sum(rows) as bigint) as rows, sum(sales) as sales, sum(listed) as listed
    from price_discipline_lines
    where is_now
    group by kind
),

total as (
    select sum(sales) as sales from sums
)

select
    kinds.kind,
    coalesce(sums.rows, 0) as rows,
    coalesce(sums.sales, 0) as sales,
    case when total.sales > 0 then cast(coalesce(sums.sales, 0) as double) / cast(total.sales as double) end as sales_share,
    sums.listed,
    case when sums.listed > 0 then cast(sums.sales as double) / cast(sums.listed as double) end as paid_share
from kinds
left join sums on kinds.kind = sums.kind
cross join total
order by kinds.place
