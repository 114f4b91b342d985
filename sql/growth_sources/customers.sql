-- Grain: one row per customer with a row in the last full period or in the one before.
--
-- customer_id  text
-- component    as in revenue_bridge: new, reactivation, expansion, unchanged, contraction, churn
-- change       money: revenue of the period less that of the one before
-- cross_sold   money of the period in categories that the customer, who had bought before it, had not bought; 0 of new ones
-- price        money: the same products at other prices, of products with a quantity in both periods: revenue less the
--              quantity at the price before
-- parted       whether such a product was bought in both periods
--
-- Parameters: $period_start.
with parts as (
    select
        customer_id,
        coalesce(sum(revenue) filter (where is_new), 0) as cross_sold,
        -- A filter does not keep the engine from dividing: goods bought and taken back before have no quantity.
        coalesce(
            sum(
                cast(
                    cast(revenue as decimal(38, 6))
                    - cast(
                        cast(cast(revenue_before as decimal(28, 6)) * cast(units as decimal(18, 3)) as decimal(38, 9))
                        / nullif(cast(units_before as decimal(18, 3)), 0) as decimal(38, 6)
                    ) as decimal(38, 6)
                )
            ) filter (where not is_new and product_id is not null and units > 0 and units_before > 0),
            0
        ) as price,
        count(*) filter (where not is_new and product_id is not null and units > 0 and units_before > 0) > 0 as parted
    from growth_sources_goods
    group by customer_id
)

select
    customer_period.customer_id,
    case
        when customer_period.revenue_before is null and customer_period.first_row_day >= cast($period_start as date) then 'new'
        when customer_period.revenue_before is null then 'reactivation'
        when customer_period.revenue is null then 'churn'
        when customer_period.revenue > customer_period.revenue_before then 'expansion'
        when customer_period.revenue < customer_period.revenue_before then 'contraction'
        else 'unchanged'
    end as component,
    coalesce(customer_period.revenue, 0) - coalesce(customer_period.revenue_before, 0) as change,
    coalesce(parts.cross_sold, 0) as cross_sold,
    coalesce(parts.price, 0) as price,
    coalesce(parts.parted, false) as parted
from customer_period
left join parts on customer_period.customer_id = parts.customer_id
where customer_period.revenue is not null or customer_period.revenue_before is not null
order by customer_period.customer_id
