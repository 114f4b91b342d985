-- Grain: one row per size of customers: large, middle, small; a size without a customer has no row.
--
-- size           as in profit_deciles
-- customers, revenue, profit, losing  sums
-- profit_each    profit / customers
-- margin         profit / revenue; NULL where that is not above zero
-- noise          standard error of the margin, with each customer as one draw; NULL likewise
-- profit_share   of all; NULL where the total is not above zero
--
-- Parameters: none.
with sums as (
    select
        size,
        count(*) as customers,
        sum(revenue) as revenue,
        sum(profit) as profit,
        count(*) filter (where profit < 0) as losing
    from profit_deciles_customers
    group by size
),

rates as (
    select *, case when revenue > 0 then cast(profit as double) / cast(revenue as double) end as margin from sums
),

squares as (
    select
        rates.size,
        sum(
            power(cast(customers.profit as double) - rates.margin * cast(customers.revenue as double), 2)
        ) as squares
    from rates
    inner join profit_deciles_customers as customers on rates.size = customers.size
    where rates.margin is not null
    group by rates.size
),

total as (
    select sum(profit) as profit from sums
)

select
    rates.size,
    rates.customers,
    rates.revenue,
    rates.profit,
    rates.losing,
    cast(cast(rates.profit as double) / rates.customers as decimal(38, 6)) as profit_each,
    rates.margin,
    case when rates.margin is not null then sqrt(squares.squares) / cast(rates.revenue as double) end as noise,
    case when total.profit > 0 then cast(rates.profit as double) / cast(total.profit as double) end as profit_share
from rates
left join squares on rates.size = squares.size
cross join total
order by case rates.size when 'large' then 1 when 'middle' then 2 else 3 end
